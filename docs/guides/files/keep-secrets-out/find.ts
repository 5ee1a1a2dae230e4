// Says which entries of journals, and which values of state, hold a text as it is.
const text = process.argv[2] ?? "";
const admin = process.env.RESTATE_ADMIN_URL || "http://localhost:9070";
const response = await fetch(`${admin}/query`, {
  method: "POST",
  headers: { "content-type": "application/json", accept: "application/json" },
  body: JSON.stringify({
    query: `SELECT entry_type AS place, raw AS bytes FROM sys_journal
            UNION ALL SELECT 'State' AS place, value AS bytes FROM state ORDER BY place`,
  }),
});
if (!response.ok) throw new Error(`${admin} answers ${response.status}: ${await response.text()}`);
const { rows } = (await response.json()) as { rows: { place: string; bytes: string }[] };
const found = rows.filter(({ bytes }) => Buffer.from(bytes, "hex").includes(text));
console.log(`${JSON.stringify(text)} is in ${found.length} of ${rows.length} entries`);
for (const { place } of found) console.log(`  ${place}`);
