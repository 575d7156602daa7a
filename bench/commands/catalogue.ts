/** All whole-command benches, with the targets of docs/design.md. */
import {
  emoji,
  few4k,
  files4k,
  files100k,
  flat4k,
  icons,
  large,
  nested,
} from '../data/catalogue.js';
import { atMostTimes, lessOverStartUp, timesFasterThan } from '../runner/targets.js';
import type { CommandCase } from './case.js';
import { checkoutCase } from './checkout.js';
import { editedLargeCase } from './edited-large.js';
import { millionCases } from './million.js';
import { oneChangeCase } from './one-change.js';
import { recordCase } from './record.js';
import { startUpCase } from './start-up.js';
import { statusCase } from './status.js';
import { cloneCase } from './sync/clone.js';
import { cloneHistoryCase } from './sync/clone-history.js';
import { pushCase, pushEditedCase } from './sync/push.js';

const changeTargets = [lessOverStartUp(300, 'node -e 0'), timesFasterThan(50, 'real oxen')];

/** Every case, in the order in which they run. */
export const commandCases: readonly CommandCase[] = [
  startUpCase,
  recordCase('add-commit-4k', files4k, [atMostTimes(1.5, 'tar'), timesFasterThan(40, 'real oxen')]),
  recordCase('add-commit-flat', flat4k, [
    atMostTimes(1.5, 'tar'),
    timesFasterThan(40, 'real oxen'),
  ]),
  recordCase('add-commit-icons', icons, [
    atMostTimes(2.5, 'tar'),
    atMostTimes(0.4, 'git'),
    timesFasterThan(30, 'real oxen'),
  ]),
  recordCase('add-commit-emoji', emoji, [atMostTimes(2.5, 'tar')]),
  recordCase('add-commit-100k', files100k, [
    atMostTimes(1.2, 'cp -r'),
    timesFasterThan(4, 'real oxen'),
  ]),
  recordCase('add-commit-nested', nested, [timesFasterThan(30, 'real oxen')]),
  recordCase('add-commit-large', large, [atMostTimes(2, 'cp -r'), timesFasterThan(1, 'real oxen')]),
  editedLargeCase,
  oneChangeCase('one-change-4k', files4k, changeTargets),
  oneChangeCase('one-change-flat', flat4k, changeTargets),
  statusCase('status-4k', files4k),
  statusCase('status-icons', icons),
  checkoutCase('checkout-4k', files4k, [
    atMostTimes(1.2, 'tar', { isDurable: false }),
    timesFasterThan(10, 'real oxen'),
  ]),
  checkoutCase('checkout-icons', icons, [atMostTimes(1.2, 'tar', { isDurable: false })]),
  pushCase('push-20k', few4k, [timesFasterThan(10, 'real oxen')]),
  cloneCase('clone-20k', few4k, [timesFasterThan(20, 'real oxen'), atMostTimes(2.5, 'tar')]),
  pushCase('push-100k', files4k, [timesFasterThan(10, 'real oxen')]),
  cloneCase('clone-100k', files4k, [timesFasterThan(20, 'real oxen'), atMostTimes(2.5, 'tar')]),
  pushCase('push-icons', icons, [timesFasterThan(10, 'real oxen')]),
  cloneCase('clone-icons', icons, [timesFasterThan(20, 'real oxen'), atMostTimes(2.5, 'tar')]),
  pushCase('push-large', large, [timesFasterThan(1, 'real oxen')]),
  cloneCase('clone-large', large, [timesFasterThan(1, 'real oxen')]),
  pushEditedCase,
  cloneHistoryCase,
  ...millionCases,
];
