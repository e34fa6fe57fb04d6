import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

/**
 * A TCP proxy that spoils what passes: cuts connections before or after bytes passed, passes half of an answer, holds all for a
 * while, refuses new ones. One stands in each way from a process of the product to another side.
 *
 * - **request**, **answer**: bytes towards the target, and back.
 * - **trap**: waits for certain bytes and does something to them, once.
 */
export type Wire = {
  readonly port: number;
  /** Connections that stand now. */
  readonly open: () => number;
  /** Cuts every connection, by a reset. Returns how many. */
  readonly cut: () => number;
  /** Nothing passes for this many milliseconds. */
  readonly hold: (ms: number) => void;
  /** No new connection is taken for this many milliseconds: a caller knows that nothing was done. */
  readonly refuse: (ms: number) => void;
  readonly setTrap: (trap: Trap) => void;
  readonly clearTraps: () => void;
  readonly close: () => Promise<void>;
};

export type Direction = 'request' | 'answer';

/** What is done to the bytes that a trap waited for. */
export type Spoil =
  /** They do not pass, and the connection is cut. */
  | 'cut'
  /** Half of them pass, then it is cut. */
  | 'half'
  /** They pass, then it is cut. */
  | 'pass-cut'
  /** They pass. */
  | 'pass';

export type Trap = {
  readonly direction: Direction;
  /** @param asked what the connection's latest request was, as `classify` said */
  readonly catches: (asked: string | undefined, bytes: Buffer) => boolean;
  readonly spoil: Spoil;
  /** Runs when the bytes are caught, before anything passes on. @param port of the target */
  readonly meanwhile?: (port: number) => void;
};

export type WireOptions = {
  /** Where it leads; undefined while nobody is there. Asked for each connection. */
  readonly target: () => { readonly host: string; readonly port: number } | undefined;
  /** Names a request by its bytes; undefined where they only continue the one before. */
  readonly classify: (bytes: Buffer, before: string | undefined) => string | undefined;
};

type Connection = {
  readonly near: Socket;
  readonly far: Socket;
  readonly port: number;
  asked: string | undefined;
};

type Shared = WireOptions & { readonly connections: Set<Connection>; traps: Trap[]; heldUntil: number };

/** Milliseconds that a held connection gets before it is looked at again. */
const lookEveryMs = 20;

export async function startWire(options: WireOptions): Promise<Wire> {
  const shared: Shared = { ...options, connections: new Set(), traps: [], heldUntil: 0 };
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (near) => connect(near, shared));
  const port = await listen(server, 0);
  let reopening: NodeJS.Timeout | undefined;
  let isClosed = false;
  const cut = () => {
    const all = [...shared.connections];
    for (const connection of all) reset(connection);
    return all.length;
  };
  return {
    port,
    open: () => shared.connections.size,
    cut,
    hold(ms) {
      shared.heldUntil = Math.max(shared.heldUntil, performance.now() + ms);
    },
    refuse(ms) {
      if (reopening !== undefined || isClosed) return;
      server.close();
      const reopen = () => {
        if (isClosed) return;
        // Somebody may have taken the port meanwhile; it is tried until it is free again.
        listen(server, port).then(
          () => (reopening = undefined),
          () => (reopening = setTimeout(reopen, lookEveryMs)),
        );
      };
      reopening = setTimeout(reopen, ms);
    },
    setTrap: (trap) => void shared.traps.push(trap),
    clearTraps() {
      shared.traps = [];
      shared.heldUntil = 0;
    },
    async close() {
      isClosed = true;
      clearTimeout(reopening);
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      // Listening on TCP, the address is never a pipe's name nor null.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function reset({ near, far }: Connection): void {
  near.resetAndDestroy();
  far.resetAndDestroy();
}

function connect(near: Socket, shared: Shared): void {
  const target = shared.target();
  near.on('error', () => undefined);
  if (target === undefined) return void near.resetAndDestroy();
  const far = new Socket();
  const connection: Connection = { near, far, port: target.port, asked: undefined };
  shared.connections.add(connection);
  const gone = () => {
    shared.connections.delete(connection);
    near.destroy();
    far.destroy();
  };
  far.on('error', () => near.resetAndDestroy());
  near.on('close', gone);
  far.on('close', gone);
  far.setNoDelay(true);
  far.connect(target.port, target.host, () => {
    carry(connection, 'request', shared);
    carry(connection, 'answer', shared);
    near.resume();
  });
}

/** Carries the bytes of one direction, each chunk whole and in order. */
function carry(connection: Connection, direction: Direction, shared: Shared): void {
  const { near, far } = connection;
  const [from, to] = direction === 'request' ? [near, far] : [far, near];
  const pass = (bytes: Buffer) => {
    if (to.destroyed) return;
    if (direction === 'request')
      connection.asked = shared.classify(bytes, connection.asked) ?? connection.asked;
    if (spoiled(connection, direction, bytes, shared, to)) return;
    if (!to.write(bytes)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  };
  from.on('data', (bytes: Buffer) => whenReleased(from, shared, () => pass(bytes)));
  from.on('end', () => to.end());
}

/** Runs it now or, while all is held, later; the sender is paused meanwhile, so that order is kept. */
function whenReleased(from: Socket, shared: Shared, work: () => void): void {
  const left = shared.heldUntil - performance.now();
  if (left <= 0) {
    work();
    return;
  }
  from.pause();
  const look = () => {
    if (from.destroyed) return;
    if (shared.heldUntil > performance.now()) {
      setTimeout(look, lookEveryMs);
      return;
    }
    work();
    from.resume();
  };
  setTimeout(look, Math.min(left, lookEveryMs));
}

/** True when a trap took the bytes. */
function spoiled(
  connection: Connection,
  direction: Direction,
  bytes: Buffer,
  shared: Shared,
  to: Socket,
): boolean {
  const trap = shared.traps.find(
    (one) => one.direction === direction && one.catches(connection.asked, bytes),
  );
  if (trap === undefined) return false;
  shared.traps = shared.traps.filter((one) => one !== trap);
  trap.meanwhile?.(connection.port);
  switch (trap.spoil) {
    case 'pass':
      return false;
    case 'cut':
      reset(connection);
      return true;
    case 'half':
      to.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => reset(connection));
      return true;
    case 'pass-cut':
      to.write(bytes, () => reset(connection));
      return true;
  }
}
