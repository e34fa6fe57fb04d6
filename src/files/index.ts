export {
  type AwaitedFile,
  awaitFiles,
  expireFiles,
  type FilesBefore,
  findFile,
  forgetFiles,
  type KnownFile,
  missFile,
  type NewFile,
  putOffFile,
} from './commands.ts';
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
} from './pieces/commands.ts';
export { type FileOfMail, filesOfMail } from './views.ts';
