import { tempDir } from '../../test/support/temp-dir.ts';
import { EmbeddedLog, EmbeddedSource } from './embedded/index.ts';
import { MemoryLog, MemorySource, MemoryStorage } from './memory/index.ts';
import { conformance } from './test/conformance.ts';

conformance({
  name: 'memory',
  place: () => {
    const storage = new MemoryStorage();
    return {
      openLog: async (options) => new MemoryLog(storage, options),
      openSource: async () => new MemorySource(storage),
    };
  },
});

conformance({
  name: 'embedded',
  place: (context) => {
    const dir = tempDir(context);
    return {
      openLog: (options) => EmbeddedLog.open(dir, options),
      openSource: () => EmbeddedSource.open(dir),
    };
  },
});
