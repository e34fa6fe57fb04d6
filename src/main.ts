import { Command, InvalidArgumentError, Option } from 'commander';
import { type ErasureReason, erasureReasons } from '#kernel/erasure.ts';
import { type StaffRole, staffRoles } from '#security/contract.ts';
import { problemOf } from './cli/problem.ts';
import { version } from './cli/version.ts';
import { type Role, roles } from './config.ts';

/** The command line. Exit codes: 0 done, 1 found something or failed, 2 used wrongly. */

function readRoles(text: string): readonly Role[] {
  const wanted = text.split(',').map((name) => name.trim());
  return wanted.map((name) => {
    const role = roles.find((known) => known === name);
    if (role === undefined)
      throw new InvalidArgumentError(`expected some of ${roles.join(', ')}, such as "web,worker"`);
    return role;
  });
}

const json = new Option('--json', 'print one JSON object instead of text').default(false);

const program = new Command('vestibule')
  .description('Takes patients in over WhatsApp and files them in the practice system.')
  .version(version)
  .exitOverride()
  .showHelpAfterError('(vestibule --help lists the commands)');

program
  .command('start')
  .description('run the product; without practices, in its sandbox world')
  .option('--roles <list>', `what this process does: ${roles.join(', ')}`, readRoles, roles)
  .option('--practices <dir>', 'folder with one folder per practice (VESTIBULE_PRACTICES)')
  .option('--sandbox', 'run the sandbox world around the practices', false)
  .option(
    '--provider <name>',
    'in the sandbox: meta, twilio, vonage, messagebird or bird (VESTIBULE_SANDBOX_PROVIDER)',
  )
  .action(
    async (options: { roles: readonly Role[]; practices?: string; sandbox: boolean; provider?: string }) => {
      const { start } = await import('./cli/start.ts');
      const { roles, practices, sandbox, provider } = options;
      await start({ roles, practices, sandbox, provider });
    },
  );

program
  .command('migrate')
  .description('bring the database to the schema of this release')
  .addOption(json)
  .action(async (options: { json: boolean }) => {
    const { migrate } = await import('./cli/migrate.ts');
    process.exitCode = await migrate(options.json);
  });

program
  .command('check')
  .description("check the practices' configuration: one line per finding, exit code 1 when there is any")
  .argument('<dir>', 'a folder of practices, or of one')
  .option('--references', 'look the references up, in this environment', false)
  .addOption(json)
  .action(async (dir: string, options: { json: boolean; references: boolean }) => {
    const { check } = await import('./cli/check.ts');
    process.exitCode = await check(dir, { ...options, env: process.env });
  });

program
  .command('replay')
  .description('empty the read tables (views) or the daily figures, and write them again from the events')
  .argument('<what>', 'views or figures')
  .option('--practices <dir>', 'folder with one folder per practice (VESTIBULE_PRACTICES)')
  .addOption(json)
  .action(async (what: string, options: { practices?: string; json: boolean }) => {
    const { replay } = await import('./cli/replay.ts');
    process.exitCode = await replay({ what, practices: options.practices, json: options.json });
  });

program
  .command('demo')
  .description(
    'a made-up patient walks the whole way in the sandbox; prints the transcript and what was filed',
  )
  .option('--practice <id>', 'which of the example practices', 'aurora')
  .option('--language <tag>', 'what the patient speaks: pt, es, en', 'pt')
  .addOption(json)
  .action(async (options: { practice: string; language: string; json: boolean }) => {
    const { demo } = await import('./cli/demo.ts');
    process.exitCode = await demo(options);
  });

const practicesDir = [
  '--practices <dir>',
  'folder with one folder per practice (VESTIBULE_PRACTICES)',
] as const;

program
  .command('verify')
  .description('check that what is stored is what was written')
  .command('events')
  .description('check the seal of every event; exit code 1 when one is broken')
  .option('--practice <id>', 'only this practice')
  .option('--against <file>', 'what an earlier run printed with --json: are its events all there?')
  .option(...practicesDir)
  .addOption(json)
  .action(async (options: { practice?: string; against?: string; practices?: string; json: boolean }) => {
    const { verifyEventsCommand } = await import('./cli/verify.ts');
    process.exitCode = await verifyEventsCommand({
      practice: options.practice,
      against: options.against,
      practices: options.practices,
      json: options.json,
    });
  });

const staff = program.command('staff').description('who may sign in to the staff app: invite, list, revoke');

staff
  .command('invite')
  .description('add a person and print the one-time link with which they make their passkey')
  .requiredOption('--practice <id>', 'the id of the practice')
  .requiredOption('--name <name>', 'how colleagues see them')
  .addOption(
    new Option('--role <role>', 'what they may do').choices([...staffRoles]).makeOptionMandatory(true),
  )
  .option(...practicesDir)
  .addOption(json)
  .action(
    async (options: {
      practice: string;
      name: string;
      role: StaffRole;
      practices?: string;
      json: boolean;
    }) => {
      const { inviteStaff } = await import('./cli/staff.ts');
      process.exitCode = await inviteStaff({ ...options, practices: options.practices });
    },
  );

staff
  .command('list')
  .description('who works in the practices, and how they sign in')
  .option('--practice <id>', 'only this practice')
  .option(...practicesDir)
  .addOption(json)
  .action(async (options: { practice?: string; practices?: string; json: boolean }) => {
    const { listStaff } = await import('./cli/staff.ts');
    process.exitCode = await listStaff({
      ...options,
      practice: options.practice,
      practices: options.practices,
    });
  });

staff
  .command('revoke')
  .description('take a person’s access away: inactive, signed out everywhere, open links ended')
  .requiredOption('--staff <id>', 'their id, as `staff list` shows it')
  .option(...practicesDir)
  .addOption(json)
  .action(async (options: { staff: string; practices?: string; json: boolean }) => {
    const { revokeStaff } = await import('./cli/staff.ts');
    process.exitCode = await revokeStaff({ ...options, practices: options.practices });
  });

const keys = program.command('keys').description('the keys that seal patient data: status, rotate, remove');

keys
  .command('status')
  .description('which keys are in use, and what each of them wraps; never a key itself')
  .addOption(json)
  .action(async (options: { json: boolean }) => {
    const { keysStatus } = await import('./cli/keys.ts');
    process.exitCode = await keysStatus(options.json);
  });

keys
  .command('rotate')
  .description(
    'make a new wrapping key and wrap with it, while the product runs; finishes what was broken off',
  )
  .option('--data', 'give every practice a new data key besides', false)
  .addOption(json)
  .action(async (options: { data: boolean; json: boolean }) => {
    const { rotateKeys } = await import('./cli/keys.ts');
    process.exitCode = await rotateKeys(options);
  });

keys
  .command('remove')
  .description('remove a wrapping key that nothing needs any more; earlier backups cannot be opened then')
  .requiredOption('--key <id>', 'its id, as `keys status` shows it')
  .addOption(json)
  .action(async (options: { key: string; json: boolean }) => {
    const { removeKey } = await import('./cli/keys.ts');
    process.exitCode = await removeKey(options);
  });

program
  .command('patients')
  .description('patients as the product keeps them: erase')
  .command('erase')
  .description('destroy what is kept of a patient; shows what that would be, unless --yes is given')
  .requiredOption('--practice <id>', 'the id of the practice')
  .option('--patient <id>', 'the id of the patient, as the timeline shows it')
  .option('--conversation <id>', 'the id of their conversation, as the address of its page shows it')
  .addOption(new Option('--reason <code>', 'why').choices([...erasureReasons]).makeOptionMandatory(true))
  .option('--yes', 'do it: nothing brings it back', false)
  .addOption(json)
  .action(
    async (options: {
      practice: string;
      patient?: string;
      conversation?: string;
      reason: ErasureReason;
      yes: boolean;
      json: boolean;
    }) => {
      const { erasePatient } = await import('./cli/patients.ts');
      process.exitCode = await erasePatient({
        ...options,
        patient: options.patient,
        conversation: options.conversation,
      });
    },
  );

try {
  await program.parseAsync();
} catch (error) {
  const { exitCode, text } = problemOf(error);
  if (text !== undefined) process.stderr.write(`vestibule: ${text}\n`);
  process.exit(exitCode);
}
