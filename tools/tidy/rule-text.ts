/** Rule `leak`: no text in the repository names a package registry or a folder of the machine it was written on. */
import type { Finding } from './finding.ts';

/** Hosts that serve packages; the registry is a setting of whoever installs, never of the repository. */
const REGISTRY =
  /\/\/[\w.@:-]*(?:registry\.|artifactory|verdaccio|nexus|jfrog|pythonhosted|pypi\.|npmmirror|proxy\.golang)[\w.-]*|^\s*registry\s*=/i;

/** Absolute paths that exist on one machine only. */
const MACHINE_PATH = /(?<![\w.~/-])\/(?:work|root|home\/[a-z]\w*|Users\/[A-Za-z]\w*)(?:\/|\b(?![\w.-]))/;

/** Reports registry hosts and machine paths in one text file, at most one finding a line. */
export function checkText(path: string, text: string): readonly Finding[] {
  if (!REGISTRY.test(text) && !/\/(?:work|root|home|Users)\b/.test(text) && !/registry/i.test(text))
    return [];
  const findings: Finding[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const found = REGISTRY.exec(line)?.[0] ?? MACHINE_PATH.exec(line)?.[0];
    if (found === undefined) continue;
    const message = REGISTRY.test(line)
      ? `'${found}' names a package registry; leave that to the settings of whoever installs`
      : `'${found}' is a path of one machine; write it relative to the repository`;
    findings.push({ path, line: index + 1, rule: 'leak', message });
  }
  return findings;
}
