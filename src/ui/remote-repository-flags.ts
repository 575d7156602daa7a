/** The flags that name a repository on a server, shared by the verbs that make and delete one. */
import { Flags } from './declarations.js';

/** The flags `--name`, `--host` and `--scheme`. */
export const remoteRepositoryFlags = {
  name: Flags.string({ char: 'n', required: true, description: 'Its name: NAMESPACE/NAME.' }),
  host: Flags.string({ description: 'The server: HOST or HOST:PORT.' }),
  scheme: Flags.string({
    options: ['http', 'https'],
    description: 'https when absent, http for this machine.',
  }),
};
