import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listSettings } from '../../src/api/settings.js';
import { setDefaultHost, setToken, setUser } from '../../src/api/user.js';
import { repository, temporaryDirectory } from '../helpers/repository.js';

test('settings are listed with the file or variable that each comes from, and no token', async () => {
  const home = temporaryDirectory();
  const place = { homeDirectory: home };
  const user = join(home, '.config/oxen/user_config.toml');
  const auth = join(home, '.config/oxen/auth_config.toml');
  setUser(place, { name: 'Bessie', email: 'b@farm.org' });
  setToken(place, 'http://localhost:3000', 'SECRET');
  setDefaultHost(place, 'localhost:3000');
  const made = await repository();
  made.setRemote('origin', 'http://localhost:3000/ns/farm');
  const { controlDirectory } = made.stores;
  const config = join(controlDirectory, 'config.toml');
  const environment = { EDITOR: 'vi', VISUAL: '', OXEN_NUM_THREADS: '3', PAGER: 'less' };
  const settings = listSettings(place, controlDirectory, environment);
  expect(settings).toEqual([
    { name: 'name', value: 'Bessie', origin: user },
    { name: 'email', value: 'b@farm.org', origin: user },
    { name: 'editor', value: 'vi', origin: 'environment EDITOR' },
    { name: 'default-host', value: 'localhost:3000', origin: auth },
    { name: 'auth.localhost:3000', value: '(a token)', origin: auth },
    { name: 'remote.origin', value: 'http://localhost:3000/ns/farm', origin: config },
    { name: 'default-remote', value: 'origin', origin: config },
    { name: 'compression', value: 'gc', origin: expect.any(String) },
    { name: 'jobs', value: '3', origin: 'environment OXEN_NUM_THREADS' },
    { name: 'pager', value: 'less', origin: 'environment PAGER' },
  ]);
  expect(listSettings(place, undefined, {}).map(({ name }) => name)).not.toContain('compression');
  expect(JSON.stringify(settings)).not.toContain('SECRET');
});
