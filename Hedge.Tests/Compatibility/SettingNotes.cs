namespace Hedge.Tests.Compatibility;

/// <summary>How settings that are there differ from Redis's.</summary>
internal static class SettingNotes
{
    /// <summary>Settings that answer some values of CONFIG SET in a way of their own.</summary>
    public static IReadOnlyDictionary<string, string> Answers { get; } = new Dictionary<string, string>
    {
        ["acllog-max-len"] = "at most 2147483647",
        ["client-output-buffer-limit"] = "an empty value says nothing and is refused",
        ["dir"] = "changes at start only, and is made when it is missing",
        ["hz"] = "1 to 500, where Redis takes any number and uses the nearest of these",
        ["maxclients"] = "at most a million",
        ["maxmemory-policy"] = "goes by maxdisk: see configuration",
        ["maxmemory-samples"] = "at most 64",
        ["proto-max-bulk-len"] = "at most 512 MiB",
        ["slowlog-max-len"] = "at most a million",
    };

    /// <summary>Settings that answer as in Redis, and mean something a little different.</summary>
    public static IReadOnlyDictionary<string, string> Meanings { get; } = new Dictionary<string, string>
    {
        ["active-expire-effort"] = "how many expired keys go at once; they are found at their time",
        ["bind"] = "addresses alone, no names of machines, and at least one",
        ["databases"] = "at most 1024",
        ["hash-max-listpack-entries"] = "says what OBJECT ENCODING and DUMP show",
        ["hash-max-listpack-value"] = "says what OBJECT ENCODING and DUMP show",
        ["list-max-listpack-size"] = "says how DUMP cuts a list",
        ["logfile"] = "made for the server's user alone",
        ["maxmemory"] = "bounds the memory, not the data, which is on disk; 0 is half of the machine's",
        ["maxmemory-clients"] = "a share is one of what maxmemory comes to",
        ["oom-score-adj-values"] = "the first of them counts",
        ["pidfile"] = "written when clients are served",
        ["rdbcompression"] = "of what DUMP gives",
        ["requirepass"] = "text in UTF-8",
        ["set-max-intset-entries"] = "says what OBJECT ENCODING and DUMP show",
        ["shutdown-on-sigint"] = "nosave and force go down even if the log cannot be written",
        ["shutdown-on-sigterm"] = "nosave and force go down even if the log cannot be written",
        ["stream-node-max-bytes"] = "says what DUMP shows",
        ["stream-node-max-entries"] = "says what DUMP shows",
        ["supervised"] = "upstart is refused",
        ["zset-max-listpack-entries"] = "says what OBJECT ENCODING and DUMP show",
        ["zset-max-listpack-value"] = "says what OBJECT ENCODING and DUMP show",
    };

    /// <summary>What is to be said of a setting; empty for nothing.</summary>
    public static string Of(string name) =>
        Answers.GetValueOrDefault(name) ?? Meanings.GetValueOrDefault(name, "");
}
