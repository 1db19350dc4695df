interface ImportMetaEnv {
  /** Put in by scripts/lab-config.mjs. */
  readonly UNROLLED_VERSION: string;
}
