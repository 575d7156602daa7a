/** The verb `completion`. */
import { fileURLToPath } from 'node:url';
import { VerbCommand } from '../ui/command.js';
import { Args } from '../ui/declarations.js';

export default class Completion extends VerbCommand {
  static override summary = 'Print a script that completes oxen in a shell';
  static override description =
    `Completes commands, flags, and names of branches, remotes and paths.
bash: add \`source <(oxen completion bash)\` to ~/.bashrc.
zsh: add \`source <(oxen completion zsh)\` to ~/.zshrc, after compinit.
fish: run \`oxen completion fish > ~/.config/fish/completions/oxen.fish\`.`;
  static override examples = ['oxen completion bash', 'oxen completion fish'];
  static override group = 'plumbing' as const;
  static override args = {
    shell: Args.string({
      options: ['bash', 'zsh', 'fish'],
      required: true,
      description: 'The shell.',
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const { completionScript } = await import('../ui/completion.js');
    const root = fileURLToPath(new URL('../..', import.meta.url));
    this.session.out.write(completionScript(args.shell, root));
  }
}
