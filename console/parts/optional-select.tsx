import { Select, type SelectProps } from '@mantine/core';

/** Stands for no choice: a value that no id and no name of the schema is. */
const NONE = '-';

interface OptionalSelectProps extends Omit<SelectProps, 'data' | 'value' | 'onChange' | 'allowDeselect'> {
  readonly data: readonly { readonly value: string; readonly label: string }[];
  /** What is chosen; null for none of them. */
  readonly value: string | null;
  readonly onChange: (value: string | null) => void;
  /** What no choice means: `Any state`. It is the first option, for a button that takes a choice away has no key. */
  readonly none: string;
}

/** One of some, or none of them. */
export function OptionalSelect({ data, value, onChange, none, ...rest }: OptionalSelectProps) {
  return (
    <Select
      {...rest}
      allowDeselect={false}
      data={[{ value: NONE, label: none }, ...data]}
      value={value ?? NONE}
      onChange={(chosen) => onChange(chosen === NONE ? null : chosen)}
    />
  );
}
