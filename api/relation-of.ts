import { RingwatchError } from '../core/errors.ts';
import { nearestHint } from '../core/nearest-name.ts';
import type { RelationSchema, TenantEngine } from '../core/ports/engine.ts';

/** The source or table of this name, as the definitions in force have it. Throws UNKNOWN_NAME. */
export async function relationOf(
  engine: TenantEngine,
  kind: RelationSchema['kind'],
  name: string,
): Promise<RelationSchema> {
  const relations = (await engine.relations()).filter((relation) => relation.kind === kind);
  const found = relations.find((relation) => relation.name === name);
  if (found !== undefined) return found;
  throw new RingwatchError(
    'UNKNOWN_NAME',
    { what: kind, name: name.slice(0, 100), field: kind },
    {
      hint: nearestHint(
        name,
        relations.map((relation) => relation.name),
      ),
    },
  );
}
