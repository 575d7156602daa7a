import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { escapeText, manPages } from '../../src/ui/man-pages.js';
import type { ManifestVerb } from '../../src/ui/manifest.js';

const verbs: readonly ManifestVerb[] = [
  {
    id: 'workspace:create',
    aliases: [],
    hidden: false,
    group: 'sync',
    summary: 'Create a workspace',
    description: '.hidden files stay hidden.\nA \\ is a backslash.',
    flags: {
      branch: {
        name: 'branch',
        char: 'b',
        type: 'option',
        default: 'main',
        description: 'Its branch.',
        helpValue: 'BRANCH',
      },
      force: { name: 'force', type: 'boolean', allowNo: true, description: 'Even if it exists.' },
      secret: { name: 'secret', type: 'boolean', hidden: true },
    },
    args: { names: { name: 'names', multiple: true, required: true, description: 'Names.' } },
    examples: [
      'oxen workspace create a',
      { description: 'On a branch:', command: 'oxen workspace create a -b x' },
    ],
  },
];

describe('manual pages', () => {
  const pages = manPages(verbs, '1.2.3');

  test('are one for oxen and one for each verb', () => {
    expect([...pages.keys()]).toEqual(['oxen.1', 'oxen-workspace-create.1']);
    expect(pages.get('oxen.1')).toContain('\\fBoxen\\-workspace\\-create(1)\\fR');
    expect(pages.get('oxen.1')).toContain('.SS Exchange with a remote');
  });

  test('show arguments, flags with their defaults, and examples', () => {
    const page = pages.get('oxen-workspace-create.1');
    expect(page).toContain('\\fBoxen workspace create\\fR NAMES... [FLAGS]');
    expect(page).toContain('\\fB\\-b, \\-\\-branch=BRANCH\\fR\nIts branch. Default: main.');
    expect(page).toContain('\\fB\\-\\-[no\\-]force\\fR');
    expect(page).toContain('On a branch:\n.RS\n.nf\n$ oxen workspace create a \\-b x\n.fi\n.RE');
    expect(page).not.toContain('secret');
  });

  test('never turn text into requests of roff', () => {
    expect(escapeText(".a\n'b\nc\\d")).toBe("\\&.a\n\\&'b\nc\\ed");
  });

  test('are understood by groff, where it is installed', () => {
    for (const page of pages.values()) {
      const { error, status, stderr } = spawnSync('groff', ['-man', '-ww', '-Tutf8', '-z'], {
        input: page,
        encoding: 'utf8',
      });
      if (error !== undefined) return;
      expect(stderr).toBe('');
      expect(status).toBe(0);
    }
  });
});
