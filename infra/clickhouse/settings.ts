/** What is said to every ClickHouse, so that both engines answer alike whatever their defaults are or become. */

import type { ClickHouseSettings } from '@clickhouse/client'

export const everyStatement: ClickHouseSettings = {
  date_time_input_format: 'best_effort',
  // Unquoted, 9007199254740993 comes back as ...992.
  output_format_json_quote_64bit_integers: 1,
  // One list instead of a line each: of lines, those that a broken connection left out are not missed.
  output_format_json_array_of_rows: 1,
  // A column that the table does not have is a bug, not something to lose in silence.
  input_format_skip_unknown_fields: 0,
  // A deletion has happened when it is answered, on all replicas.
  mutations_sync: '2',
  alter_sync: '2',
}

export const MAX_BLOCK_ROWS = 1_000_000

/** A token counts once a block, and another split of the same rows would count again: so an insert is one block, whatever its bytes. */
export const everyInsert: ClickHouseSettings = {
  async_insert: 0,
  min_insert_block_size_rows: String(MAX_BLOCK_ROWS),
  min_insert_block_size_bytes: '0',
  // Through the views too: a replay adds to none of them.
  deduplicate_blocks_in_dependent_materialized_views: 1,
}
