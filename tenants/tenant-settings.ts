/** What a tenant may set; every change is audited. */
export interface TenantSettings {
  /** Whether a definition is published by another person than who drafted it. Default true. */
  readonly twoPersonRule: boolean;
  /** Days of log kept for replay and audit; null: all. */
  readonly historyDays: number | null;
  readonly limits: TenantLimits;
}

/** Rates and quotas of one tenant; null: none but those of the installation (core/limits.ts). */
export interface TenantLimits {
  /** API requests a second, on average; twice as many at once. */
  readonly requestsPerSecond: number | null;
  /** Events and rows taken a second, on average; twice as many at once. */
  readonly recordsPerSecond: number | null;
  /** Events and rows a calendar month (UTC). */
  readonly recordsPerMonth: number | null;
  /** Bytes of request bodies a calendar month (UTC). */
  readonly bytesPerMonth: number | null;
  /** Subscriptions open at once. */
  readonly subscriptions: number | null;
  readonly members: number | null;
  readonly keys: number | null;
  readonly endpoints: number | null;
}

/** Reads and changes the settings. */
export interface SettingsStore {
  get(): Promise<TenantSettings>;
  /** Replaces what is given. Throws FIELD_INVALID. Turning the two-person rule off or on is audited by name. */
  update(change: SettingsChange): Promise<TenantSettings>;
  /** The tenant's slug and name. */
  profile(): Promise<{ readonly slug: string; readonly name: string; readonly createdAt: string }>;
  rename(name: string): Promise<void>;
}

export interface SettingsChange {
  readonly twoPersonRule?: boolean;
  readonly historyDays?: number | null;
  readonly limits?: Partial<TenantLimits>;
}
