import { describe, expect, it } from '@jest/globals';
import type { Principal } from './principal.ts';
import { secondPersonProblem } from './second-person.ts';

function publisher(personId: string, creators: readonly string[]): Principal {
  const kind = personId === 'operator' ? 'operator' : 'key';
  return {
    kind,
    id: personId,
    name: personId,
    personId,
    creators,
    scopes: ['publish'],
    credentialId: personId,
  };
}

describe('a second pair of eyes', () => {
  it.each([
    ['another, of another maker', 'a', ['x'], 'b', ['y'], true],
    ['another, of the same maker', 'a', ['operator'], 'b', ['operator'], true],
    ['the same', 'a', [], 'a', [], false],
    ['the maker of the drafting key', 'a', ['b'], 'b', [], false],
    ['a key that the drafter made', 'a', [], 'b', ['a'], false],
    ['a key made by a key that the drafter made', 'a', [], 'c', ['b', 'a'], false],
    ['the operator, of their own key', 'a', ['operator'], 'operator', [], false],
    ['a key of the operator who drafted', 'operator', [], 'b', ['operator'], false],
    ['the operator, of a draft by somebody else’s key', 'a', ['b'], 'operator', [], true],
  ] as const)('%s', (_, drafter, drafterMakers, person, makers, second) => {
    const problem = secondPersonProblem(
      { personId: drafter, creators: drafterMakers },
      publisher(person, makers),
    );
    expect(problem === null).toBe(second);
  });
});
