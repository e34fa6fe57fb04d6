export {
  type AwaitedFile,
  awaitFiles,
  expireFiles,
  type FilesBefore,
  findFile,
  forgetFiles,
  type KnownFile,
  keptLately,
  missFile,
  type NewFile,
  putOffFile,
} from './commands.ts';
export { type FileEvent, fileStream } from './events.ts';
export {
  type FileSeal,
  type FileState,
  fileStates,
  fileTransitions,
  isServable,
  keptStates,
  mayBecome,
  pieceBytes,
} from './file.ts';
export {
  beginFile,
  FileLost,
  FileUnreadable,
  type FileWriter,
  type PieceDeps,
  quarantineFile,
  readFile,
  type Written,
} from './pieces/commands.ts';
export { type FileOfMail, filesOfMail } from './views.ts';
