/** Entry of `bin/xylen`. */
import { runInProcess } from './cli/process-shell.ts';

await runInProcess(process.argv.slice(2));
