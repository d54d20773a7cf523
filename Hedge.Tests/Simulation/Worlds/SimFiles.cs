using System.Globalization;
using System.Text;
using Hedge.Host.Slots;
using Hedge.Storage.Io;
using Hedge.Storage.Loads;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>The files of HEDGE.LOAD and HEDGE.EXPORT on the simulated disk. A load file's name says all that
/// is in it: <c>load-number-key-key…</c>.</summary>
internal static class SimFiles
{
    private const string Load = "HEDGE.LOAD";
    private const string Export = "HEDGE.EXPORT";
    private const int ShownChars = 24;
    private const int LoadedBytesMax = 3000;

    /// <summary>When what some files hold expires, Unix milliseconds: after all runs.</summary>
    private const long Late = 9_000_000_000_000;

    /// <summary>HEDGE.LOAD of a file of these keys.</summary>
    public static string[] LoadOf(int number, IEnumerable<string> keys) =>
        [Load, $"load-{number}-{string.Join('-', keys.Order(StringComparer.Ordinal))}"];

    /// <summary>HEDGE.EXPORT to a file of its own.</summary>
    public static string[] ExportOf(int number) => [Export, $"export-{number}"];

    /// <summary>True for HEDGE.LOAD.</summary>
    public static bool IsLoad(SimAction action) => Is(action, Load);

    /// <summary>True for HEDGE.EXPORT.</summary>
    public static bool IsExport(SimAction action) => Is(action, Export);

    /// <summary>The keys of a load file.</summary>
    public static string[] KeysOf(string path) => path.Split('-')[2..];

    /// <summary>What a load file holds for a key.</summary>
    public static KvState.Entry EntryOf(string path, string key)
    {
        int number = int.Parse(path.Split('-')[1], CultureInfo.InvariantCulture);
        string value = number % 3 == 0
            ? $"{number}000" : $"l{number}{key}".PadRight(number * 379 % LoadedBytesMax, '.');
        long expireAt = number % 5 == 0 ? Late + number : KvState.Never;
        return new KvState.Entry(value, expireAt, expireAt);
    }

    /// <summary>Makes the file that an action loads, durably, if it is not there.</summary>
    public static void Make(SimDisk disk, SimAction action)
    {
        if (!IsLoad(action) || disk.Exists(action.Commands[0][1])) return;
        string path = action.Commands[0][1];
        using MemoryStream stream = new();
        LoadFileWriter writer = new(stream);
        foreach (string key in KeysOf(path))
        {
            KvState.Entry entry = EntryOf(path, key);
            writer.Add(Encoding.Latin1.GetBytes(key), Encoding.Latin1.GetBytes(entry.Value),
                entry.Lo == KvState.Never ? 0 : entry.Lo);
        }

        writer.Finish();
        using (DiskFile file = disk.Open(path, DiskOpenMode.Create))
        {
            disk.Write(file, 0, stream.ToArray());
            disk.Sync(file);
        }

        disk.SyncDirectory("");
    }

    /// <summary>A load takes effect in each partition at a moment of its own: one operation for each.
    /// </summary>
    public static IEnumerable<SimOp> Parts(SimOp op)
    {
        string path = op.Action.Commands[0][1];
        // "ERR another load…": it has not begun. Other errors, refusals of writes that come meanwhile among
        // them: it may have been carried out, in part or as a whole.
        if (op.Reply?.StartsWith("-ERR another", StringComparison.Ordinal) == true) yield break;
        bool isKnown = op.Reply?.StartsWith(':') == true;
        if (isKnown && op.Reply != $":{KeysOf(path).Length}")
            throw new SimFailureException($"{op}: a wrong number of keys");
        foreach (IGrouping<int, string> keys in KeysOf(path).GroupBy(key => PartitionOf(key, op.Partitions)))
        {
            SimOp part = op.As(SimAction.Of(["HEDGE.LOADPART", path, .. keys]));
            part.Reply = isKnown ? "+OK" : null;
            if (!isKnown) part.Return = part.ReturnMilliseconds = long.MaxValue;
            yield return part;
        }
    }

    /// <summary>What the exports' files hold is what their replies say; a half one is never taken for a whole
    /// one.</summary>
    /// <param name="disk">The disk, after a crash.</param>
    /// <param name="history">The operations. One that got no reply, but whose file is there, has happened.
    /// </param>
    /// <param name="moment">The moment at which that was seen.</param>
    public static void CheckExports(SimDisk disk, IEnumerable<SimOp> history, Func<long> moment)
    {
        SimDisk? copy = null;
        foreach (SimOp op in history.Where(op => IsExport(op.Action)))
        {
            copy ??= disk.Fork(1);
            string? found = copy.Exists(op.Action.Commands[0][1]) ? Read(copy, op) : null;
            if (op.Reply != null)
            {
                string? said = op.Reply.StartsWith("+OK", StringComparison.Ordinal) ? op.Reply : null;
                if (said != found) throw new SimFailureException($"{op}, but after a crash: {found}");
            }
            else if (found != null)
            {
                op.Reply = found;
                op.Return = moment();
            }
        }
    }

    /// <summary>The reply of a successful export with all that is in its file.</summary>
    public static string Read(SimDisk disk, SimOp op)
    {
        try
        {
            List<(string, string)> entries = [];
            using LoadFileReader reader = new(disk, TransferPath.At(op.Action.Commands[0][1]));
            while (reader.MoveNext())
                entries.Add((Encoding.Latin1.GetString(reader.Key), Encoding.Latin1.GetString(reader.Value)));
            return Exported(entries);
        }
        catch (IOException problem)
        {
            throw new SimFailureException($"{op}: {problem.Message}");
        }
    }

    /// <summary>The same text for the same content.</summary>
    public static string Exported(IEnumerable<(string Key, string Value)> entries) =>
        "+OK " + string.Join(' ', entries.Select(entry => $"{entry.Key}={Short(entry.Value)}"));

    /// <summary>Another text for another value, and not a long one.</summary>
    public static string Short(string value)
    {
        if (value.Length <= 3 * ShownChars) return value;
        uint sum = Storage.Crc32C.Compute(Encoding.Latin1.GetBytes(value));
        return $"{value[..ShownChars]}…{value[^ShownChars..]}#{value.Length}#{sum:x8}";
    }

    private static bool Is(SimAction action, string name) =>
        action.Commands.Length == 1 && action.Commands[0][0] == name;

    private static int PartitionOf(string key, int partitions) =>
        HashSlots.Of(Encoding.Latin1.GetBytes(key)) * partitions / HashSlots.Count;
}
