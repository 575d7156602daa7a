/** How verbs are told which repository on a server is meant. */
import { Flags } from './declarations.js';

/** The flags `--host` and `--scheme`, for verbs that take the name as an argument. */
export const remoteServerFlags = {
  host: Flags.string({ description: 'The server: HOST or HOST:PORT.' }),
  scheme: Flags.string({
    options: ['http', 'https'],
    description: 'https when absent, http for this machine.',
  }),
};

/** The same with the flag `--name`. */
export const remoteRepositoryFlags = {
  name: Flags.string({ char: 'n', required: true, description: 'Its name: NAMESPACE/NAME.' }),
  ...remoteServerFlags,
};
