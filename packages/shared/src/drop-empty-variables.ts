// Compose files and .env files leave variables empty that are meant to be unset, and some clients fail over an empty
// address when they are imported. So this is imported, for its effect, before anything else.
for (const [name, value] of Object.entries(process.env)) {
  if (/^(OPENAI_|PORT$)/.test(name) && value?.trim() === "") delete process.env[name];
}
