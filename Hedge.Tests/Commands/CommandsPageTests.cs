using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Commands;

/// <summary>docs/commands.md is made from the declarations. To renew it after a change:
/// HEDGE_TESTS_WRITE_DOCS=1 dotnet test --filter CommandsPageTests.</summary>
[TestFixture]
[Category("fast")]
public sealed class CommandsPageTests
{
    private static readonly (string Group, string Title)[] Groups =
    [
        ("string", "Strings"), ("bitmap", "Bitmaps"), ("hyperloglog", "HyperLogLog"),
        ("list", "Lists"), ("hash", "Hashes"), ("set", "Sets"), ("sorted-set", "Sorted sets"),
        ("geo", "Geo"), ("stream", "Streams"), ("generic", "Keys"), ("transactions", "Transactions"),
        ("scripting", "Scripts and functions"), ("pubsub", "Publish and subscribe"),
        ("connection", "Connections"),
        ("server", "Server"), ("cluster", "Cluster"),
    ];

    private const string FieldTimes = "from Redis 7.4";

    // What differs from redis-server 7.0.15, for commands where something does.
    internal static readonly Dictionary<string, string> Notes = new()
    {
        ["BITOP"] = "with DIFF, DIFF1, ANDOR and ONE of Redis 8.2",
        ["BGREWRITEAOF"] = "a checkpoint, as BGSAVE's: the log is short after it",
        ["BGSAVE"] = "a durable checkpoint: all changes are in run files then; the log alone is safe, too",
        ["CLIENT|KILL"] = "with MAXAGE of Redis 7.4 and the filters of Valkey 9.0; CAPA is not there",
        ["CLIENT|LIST"] = "with the library fields of Redis 7.2, and the filters of CLIENT KILL",
        ["CLIENT|NO-TOUCH"] = "from Redis 7.2",
        ["CLIENT|SETINFO"] = "from Redis 7.2",
        ["CONFIG|GET"] = "what becomes of each setting: [compatibility](compatibility.md)",
        ["CONFIG|SET"] = "what becomes of each setting: [compatibility](compatibility.md)",
        ["DEBUG"] = "ERROR, JMAP, OBJECT, PROTOCOL, RELOAD, SET-ACTIVE-EXPIRE, SLEEP; closed by default, as "
            + "in Redis 7. RELOAD writes all changes into run files and drops what is on disk from memory; "
            + "JMAP shows where memory is",
        ["CLUSTER|MYSHARDID"] = "from Redis 7.2",
        ["DELEX"] = "from Redis 8.4; a digest is looked at before the key",
        ["DELIFEQ"] = "from Valkey 9.0",
        ["DIGEST"] = "from Redis 8.4",
        ["DUMP"] = "an error for a hash that has fields with a time to live",
        ["FLUSHALL"] = "O(1); ASYNC and SYNC are the same",
        ["FLUSHDB"] = "O(1); ASYNC and SYNC are the same",
        ["HEXPIRE"] = FieldTimes + "; options in any order before FIELDS; a time of 0 or in the past deletes "
            + "the field (event `hdel`)",
        ["HEXPIREAT"] = FieldTimes,
        ["HEXPIRETIME"] = FieldTimes,
        ["HGETDEL"] = "from Redis 8.0 and Valkey 9.0",
        ["HGETEX"] = "from Redis 8.0 and Valkey 9.0; a time of 0 or in the past deletes the field",
        ["HPERSIST"] = FieldTimes,
        ["HPEXPIRE"] = FieldTimes,
        ["HPEXPIREAT"] = FieldTimes,
        ["HPEXPIRETIME"] = FieldTimes,
        ["HPTTL"] = FieldTimes,
        ["HSETEX"] = "from Redis 8.0 and Valkey 9.0; a time of 0 or in the past deletes the fields",
        ["HTTL"] = FieldTimes,
        ["HEDGE.BACKUP"] = "not in Redis: makes a [backup](backup.md) in `backup-dir`, of one moment over "
            + "all partitions and transactions, and replies when it is whole; it goes on when its client "
            + "leaves; other clients are served meanwhile",
        ["HEDGE.DELPREFIX"] = "not in Redis: as HEDGE.DELRANGE with the keys of a prefix",
        ["HEDGE.DELRANGE"] = "not in Redis: an empty end is the end of all keys; costs nothing for keys that "
            + "are on disk only, and is one atomic change; no keyspace events of the keys",
        ["HEDGE.EXPORT"] = "not in Redis: writes a [file](formats/load.md) for HEDGE.LOAD below "
            + "`transfer-dir`, of one moment over all partitions and transactions; it must not exist before; "
            + "other clients are served meanwhile; disk space of what they replace returns at the end; all "
            + "types, with fields' times and streams' groups",
        ["HEDGE.LOAD"] = "not in Redis: loads a [file](formats/load.md) below `transfer-dir` past the "
            + "log; of each partition all or nothing, also in a crash; an error that says so when a log "
            + "fails meanwhile, since it may take effect all the same; clients that wait for a loaded key "
            + "are served",
        ["HEDGE.STATS"] = "not in Redis: a report of the storage engine for people",
        ["INFO"] = "with the sections `storage` and `latencysplit`; without `gcc_version` and "
            + "`atomicvar_api` (another compiler), and `used_cpu_sys_main_thread` and "
            + "`used_cpu_user_main_thread` (no thread is the main one)",
        ["KEYS"] = "keys come in another order",
        ["LATENCY|DOCTOR"] = "a text of its own",
        ["LOLWUT"] = "art of its own",
        ["MEMORY|DOCTOR"] = "a text of its own",
        ["MEMORY|MALLOC-STATS"] = "figures of Hedge's own memory",
        ["MEMORY|STATS"] = "without `db.N` (a partition holds the keys of all databases in one table)",
        ["MEMORY|USAGE"] = "bytes in Hedge's own layout",
        ["MSETEX"] = "from Redis 8.4",
        ["OBJECT|ENCODING"] = "a hash whose fields expire keeps `listpack` as long as another one",
        ["OBJECT|IDLETIME"] = "since the record came into memory, when it was on disk only",
        ["EVAL"] = "[scripts](scripting.md): clients who do not need its keys are served meanwhile",
        ["FCALL"] = "what a library keeps in local variables is kept per core, and may be forgotten",
        ["FUNCTION|DUMP"] = "libraries in the order of their names",
        ["FUNCTION|LIST"] = "libraries in the order of their names",
        ["FUNCTION|LOAD"] = "durable when it replies, whatever `appendfsync` says",
        ["SCRIPT|DEBUG"] = "with YES, other clients wait too, and the changes are undone key by key",
        ["SCRIPT|FLUSH"] = "ASYNC and SYNC are the same",
        ["SCRIPT|KILL"] = "ends all scripts that run too long and have written nothing",
        ["SCRIPT|LOAD"] = "an error when the scripts would take more than a 32nd of `maxmemory`",
        ["XACKDEL"] = "from Redis 8.2",
        ["XADD"] = "what `~` leaves depends on Hedge's own nodes; KEEPREF, DELREF and ACKED from Redis 8.2",
        ["XDELEX"] = "from Redis 8.2",
        ["XINFO|CONSUMERS"] = "with `inactive`, and `idle` since the last attempt, as in Redis 7.2",
        ["XINFO|STREAM"] =
            "`radix-tree-keys` and `radix-tree-nodes` as if Redis's nodes were full; FULL with "
            + "`active-time` as in Redis 7.2",
        ["SORT"] = "a sorted set keeps its encoding",
        ["SORT_RO"] = "a sorted set keeps its encoding",
        ["XREADGROUP"] = "a group or consumer named STREAMS only right behind the command's name",
        ["XTRIM"] = "what `~` leaves depends on Hedge's own nodes; KEEPREF, DELREF and ACKED from Redis 8.2",
        ["PFCOUNT"] = "keeps what it has computed only while writes are allowed",
        ["PFSELFTEST"] = "takes milliseconds",
        ["PSYNC"] = "always an error: there is no replication",
        ["REPLCONF"] = "`capa`, `rdb-only` and `rdb-filter-only functions`, for SYNC; all else is an error: "
            + "there is no replication",
        ["REPLICAOF"] = "NO ONE changes nothing; a host is refused",
        ["SLAVEOF"] = "as REPLICAOF",
        ["SYNC"] = "an RDB file (`redis-cli --rdb`) for clients that have sent REPLCONF rdb-only 1; else an "
            + "error: there is no replication",
        ["ROLE"] = "always a master without replicas",
        ["SAVE"] = "a durable checkpoint, during which other clients are served",
        ["SCAN"] = "a cursor from before a restart, or one of very many, is forgotten: an error, no gap",
        ["SDIFFCARD"] = "from Redis 8.10",
        ["SET"] = "IFEQ and its kin from Redis 8.4 and Valkey 8.1",
        ["SUNIONCARD"] = "from Redis 8.10; with APPROX it counts exactly, too",
        ["SWAPDB"] = "O(1)",
        ["WAITAOF"] = "from Redis 7.2; has the logs of all cores synced at once, whatever `appendfsync` "
            + "says; there are no replicas",
        ["WAIT"] = "there are no replicas: answers 0 at its time-out",
    };

    [Test]
    public void The_page_says_what_the_declarations_say()
    {
        string path = Path.Combine(Repository.Root, "docs", "commands.md");
        string page = Page();
        bool writes = Environment.GetEnvironmentVariable("HEDGE_TESTS_WRITE_DOCS") == "1";
        if (writes) File.WriteAllText(path, page);
        Assert.That(File.ReadAllText(path), Is.EqualTo(page));
    }

    [Test]
    public void Every_command_has_a_place_and_every_note_a_command()
    {
        IReadOnlyList<Command> all = AllCommands.Table().All;
        Assert.That(all.Select(c => c.Spec.Group).Distinct(), Is.SubsetOf(Groups.Select(g => g.Group)));
        Assert.That(Notes.Keys, Is.SubsetOf(all.Select(c => c.Spec.Name)));
    }

    private static string Page()
    {
        var page = new StringBuilder("""
            # Commands

            Replies, errors and side effects are those of redis-server 7.0.15, byte for byte, in RESP2 and
            RESP3, but for what stands in the last column; random sequences of these commands are compared
            with it. Every other command is answered with `ERR unknown command`. There are 16 databases
            unless `databases` says otherwise. This page is made from the declarations in
            `Hedge.Host/Commands`.


            """);
        IReadOnlyList<Command> all = AllCommands.Table().All;
        int count = all.Count(c => c.Subcommands.Count == 0);
        page.Append($"{count} commands and subcommands:\n");
        foreach ((string group, string title) in Groups)
        {
            page.Append($"\n## {title}\n\n| Command | Arguments | Differs from Redis |\n|---|---|---|\n");
            foreach (Command command in all.Where(c => c.Spec.Group == group && c.Subcommands.Count == 0))
            {
                CommandSpec spec = command.Spec;
                string syntax = spec.Syntax.Replace("|", "\\|", StringComparison.Ordinal);
                if (syntax.Length > 0) syntax = $"`{syntax}`";
                page.Append($"| `{spec.Name.Replace('|', ' ')}` | {syntax} ");
                page.Append($"| {Notes.GetValueOrDefault(spec.Name, "")} |\n");
            }
        }

        return page.ToString();
    }
}
