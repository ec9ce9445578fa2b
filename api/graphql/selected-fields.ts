import {
  type DirectiveNode,
  type GraphQLDirective,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  type SelectionSetNode,
} from 'graphql';

/**
 * What is asked for below the field at hand, as paths of field names such as `rows.nodes`, whatever they are called in the
 * answer: fragments put in, fields that `@skip` and `@include` leave out left out. For fields that answer with one object type,
 * and so are the types below it: every fragment applies.
 */
export function selectedFields(info: GraphQLResolveInfo): ReadonlySet<string> {
  const selected = new Set<string>();
  for (const { selectionSet } of info.fieldNodes) collect(info, selectionSet, '', selected);
  return selected;
}

function collect(
  info: GraphQLResolveInfo,
  set: SelectionSetNode | undefined,
  prefix: string,
  selected: Set<string>,
): void {
  for (const selection of set?.selections ?? []) {
    if (!isWanted(info, selection)) continue;
    if (selection.kind === 'Field') {
      const path = `${prefix}${selection.name.value}`;
      selected.add(path);
      collect(info, selection.selectionSet, `${path}.`, selected);
      continue;
    }
    const fragment = selection.kind === 'InlineFragment' ? selection : info.fragments[selection.name.value];
    collect(info, fragment?.selectionSet, prefix, selected);
  }
}

function isWanted(
  { variableValues }: GraphQLResolveInfo,
  node: { readonly directives?: readonly DirectiveNode[] },
): boolean {
  const ifOf = (directive: GraphQLDirective) => getDirectiveValues(directive, node, variableValues)?.if;
  return ifOf(GraphQLSkipDirective) !== true && ifOf(GraphQLIncludeDirective) !== false;
}
