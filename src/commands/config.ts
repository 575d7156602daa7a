/** The verb `config`. */
import { InvalidInputError, NotFoundError } from '../core/model/errors.js';
import type { Setting } from '../index.js';
import { Args, Flags } from '../ui/declarations.js';
import { RepositoryVerb } from '../ui/repository-verb.js';
import { showText } from '../ui/shown-text.js';

export default class Config extends RepositoryVerb {
  static override summary = 'Set who you are, tokens and remotes';
  static override description =
    'Writes the settings of the user (name, email, editor, tokens of hosts) or remotes and compression of the repository. No server is asked.';
  static override examples = [
    "oxen config --name 'Bessie' --email 'bessie@your_email.com'",
    'oxen config --set-remote origin http://localhost:3000/ns/repo',
    'oxen config --auth localhost:3000 TOKEN',
    'oxen config --list --show-origin',
    'oxen config --compression add',
  ];
  static override group = 'start' as const;
  static override enableJsonFlag = true;
  static override completions = {
    value: 'none',
    '--set-remote': 'remote',
    '--delete-remote': 'remote',
  } as const;
  static override args = {
    value: Args.string({ description: 'URL of --set-remote, token of --auth.' }),
  };
  static override flags = {
    name: Flags.string({ char: 'n', description: 'Your name.' }),
    email: Flags.string({ char: 'e', description: 'Your email address.' }),
    editor: Flags.string({ description: 'Editor for commit messages.' }),
    auth: Flags.string({ char: 'a', description: 'Host whose token is VALUE.' }),
    'default-host': Flags.string({ description: 'Host used when none is named.' }),
    'set-remote': Flags.string({ description: 'Remote whose URL is VALUE.' }),
    'delete-remote': Flags.string({ description: 'Remote to forget.' }),
    list: Flags.boolean({ char: 'l', description: 'Show all settings that are in force.' }),
    'show-origin': Flags.boolean({ description: 'The same, with where each comes from.' }),
    compression: Flags.string({
      options: ['none', 'gc', 'add'],
      description: 'When contents are compressed: never, by gc, or by add too.',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Config);
    if (flags.list || flags['show-origin']) return this.#list(flags['show-origin']);
    const library = await import('../index.js');
    const done: string[] = [];
    const { name, email, editor, auth } = flags;
    if (name !== undefined || email !== undefined || editor !== undefined) {
      library.setUser(this.configPlace, { name, email, editor });
      done.push('');
    }
    if (auth !== undefined) {
      library.setToken(this.configPlace, auth, requireValue(args.value, '--auth HOST TOKEN'));
      done.push(`Authentication token set for host: ${auth}\n`);
    }
    const host = flags['default-host'];
    if (host !== undefined) {
      library.setDefaultHost(this.configPlace, host);
      done.push(`Default host set to: ${host}\n`);
    }
    const remote = flags['set-remote'];
    const forgotten = flags['delete-remote'];
    const { compression } = flags;
    if (compression !== undefined) {
      await using repository = await this.openRepository();
      repository.setCompression(compression);
      done.push('');
    }
    if (remote !== undefined || forgotten !== undefined) {
      await using repository = await this.openRepository();
      if (remote !== undefined)
        repository.setRemote(remote, requireValue(args.value, '--set-remote NAME URL'));
      if (forgotten !== undefined) repository.deleteRemote(forgotten);
      done.push('');
    }
    if (done.length === 0) {
      throw new InvalidInputError('Nothing to set was given.', { hint: 'oxen config --help' });
    }
    this.report({}, () => done.join(''));
  }

  async #list(showsOrigin: boolean): Promise<void> {
    const { listSettings } = await import('../index.js');
    const control = await this.#controlDirectory();
    const settings = listSettings(this.configPlace, control, this.session.environment);
    this.report({ settings }, () =>
      settings.map((setting) => renderSetting(setting, showsOrigin)).join(''),
    );
  }

  /** The control directory of the repository here; undefined outside of one. */
  async #controlDirectory(): Promise<string | undefined> {
    try {
      await using repository = await this.openRepository({ readOnly: true });
      return repository.stores.controlDirectory;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }
}

/** Returns the line of a setting. */
function renderSetting({ name, value, origin }: Setting, showsOrigin: boolean): string {
  return `${showsOrigin ? `${showText(origin)}\t` : ''}${showText(name)}=${showText(value)}\n`;
}

function requireValue(value: string | undefined, usage: string): string {
  if (value === undefined) throw new InvalidInputError(`A value is missing: ${usage}`);
  return value;
}
