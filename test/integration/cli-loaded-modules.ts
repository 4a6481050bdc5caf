/** Preloaded by a test (`--import`): writes the URL of every module that the process resolves to the file `XYLEN_TEST_LOADED`. */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const urls = new Set<string>();
registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context);
    urls.add(resolved.url);
    return resolved;
  },
});
process.on('exit', () => writeFileSync(process.env.XYLEN_TEST_LOADED ?? '', [...urls].join('\n')));
