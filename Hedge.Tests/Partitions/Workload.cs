using System.Globalization;
using System.Text;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Tests.Simulation;

namespace Hedge.Tests.Partitions;

/// <summary>Random operations, done to a node and to a model alike.</summary>
internal sealed class Workload(SimSeed seed, SimClock clock, Model model, int keys, int valueMax)
{
    public Model Model { get; set; } = model;

    /// <summary>Bytes of a key or value; characters are bytes.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>True when a key is not below one and below another, if that is not empty.</summary>
    public static bool IsBetween(string key, string from, string to) =>
        string.CompareOrdinal(key, from) >= 0 && (to.Length == 0 || string.CompareOrdinal(key, to) < 0);

    /// <summary>Reads a record into the model's form; null when absent.</summary>
    public static ModelValue? Read(in Record record) => record.Exists
        ? new ModelValue(Encoding.Latin1.GetString(record.Value), record.Encoding, record.ExpireAt)
        : null;

    /// <summary>Where each partition's command number is kept when commands are numbered.</summary>
    public const string Marker = "seq";

    /// <summary>The partitions that the last step wrote to.</summary>
    public List<int> Written { get; } = [];

    /// <summary>One command on some core. Returns where the log must be synced for it to be
    /// durable.</summary>
    /// <param name="node">The node.</param>
    /// <param name="number">A number to write into each partition concerned; negative for none.</param>
    public (int Core, LogPosition End) Step(SimNode node, int number = -1)
    {
        Written.Clear();
        int core = seed.Below(node.Cores.Length);
        if (seed.Chance(0.04)) return Batch(node, core, number);
        int parts = seed.Chance(0.1) ? seed.Below(3) + 2 : 1;
        List<Func<CoreStorage, bool>> reads = [];
        List<Action<CoreStorage>> writes = [];
        List<Action> effects = [];
        for (int i = 0; i < parts; i++) Operation(node, reads, writes, effects, parts > 1);
        if (number >= 0)
        {
            foreach (int p in Written.Distinct()) Mark(node, p, number, writes, effects);
        }

        LogPosition end = node.Run(core, storage =>
        {
            bool resident = true;
            foreach (Func<CoreStorage, bool> read in reads) resident &= read(storage);
            if (!resident) return false;
            foreach (Action<CoreStorage> write in writes) write(storage);
            return true;
        });
        foreach (Action effect in effects) effect();
        return (core, end);
    }

    // Blind writes to several partitions, values of many pages among them, as one batch.
    private (int Core, LogPosition End) Batch(SimNode node, int core, int number)
    {
        long now = clock.UnixMilliseconds;
        List<Action<WriteBatch>> writes = [];
        List<Action> effects = [];
        for (int i = 1 + seed.Below(6); i > 0; i--)
        {
            int p = seed.Below(Model.Partitions);
            int d = seed.Chance(0.8) ? 0 : seed.Below(Model.Databases);
            Written.Add(p);
            Partition partition = node.Engine.Partitions[p];
            string name = $"k{seed.Below(keys)}";
            int kind = seed.Below(10);
            if (kind == 0)
            {
                string to = $"k{seed.Below(keys)}";
                writes.Add(batch => batch.RemoveRange(partition, d, Bytes(name), Bytes(to)));
                effects.Add(() => Model.RemoveRange(p, d, name, to));
            }
            else if (kind < 3)
            {
                writes.Add(batch => batch.Remove(partition, d, Bytes(name)));
                effects.Add(() => Model.Remove(p, d, name));
            }
            else
            {
                int length = seed.Below(kind == 3 ? 50_000 : 10 * valueMax);
                string text = new((char)('a' + seed.Below(26)), length);
                ModelValue value = new(text, StringEncoding.Derived, Expiry());
                writes.Add(batch => batch.Put(partition, d, Bytes(name), Bytes(text), value.ExpireAt));
                effects.Add(() => Model.Put(p, d, name, value, now));
            }
        }

        foreach (int p in Written.Distinct().Where(_ => number >= 0).ToArray())
        {
            ModelValue value =
                new(number.ToString(CultureInfo.InvariantCulture), StringEncoding.Derived, 0);
            Partition partition = node.Engine.Partitions[p];
            writes.Add(batch => batch.Put(partition, 0, Bytes(Marker), Bytes(value.Value)));
            effects.Add(() => Model.Put(p, 0, Marker, value, 0));
        }

        LogPosition end = node.Run(core, storage =>
        {
            WriteBatch batch = new(storage);
            foreach (Action<WriteBatch> write in writes) write(batch);
            batch.Commit();
            return true;
        });
        foreach (Action effect in effects) effect();
        return (core, end);
    }

    /// <summary>Compares everything.</summary>
    public void Verify(SimNode node, Model expected)
    {
        long now = clock.UnixMilliseconds;
        for (int p = 0; p < expected.Partitions; p++)
            for (int d = 0; d < expected.Databases; d++) VerifyDatabase(node, expected, p, d, now);
    }

    /// <summary>Compares what look-ups find.</summary>
    public void VerifyKeys(SimNode node, Model expected)
    {
        for (int p = 0; p < expected.Partitions; p++)
        {
            for (int d = 0; d < expected.Databases; d++)
            {
                foreach (string key in expected[p, d].Keys)
                    VerifyKey(node, p, d, key, expected.Find(p, d, key, clock.UnixMilliseconds));
            }
        }
    }

    /// <summary>Compares one partition.</summary>
    public void Verify(SimNode node, Model expected, int partition)
    {
        for (int d = 0; d < expected.Databases; d++)
            VerifyDatabase(node, expected, partition, d, clock.UnixMilliseconds);
    }

    private void Mark(SimNode node, int p, int number, List<Action<CoreStorage>> writes, List<Action> effects)
    {
        Partition partition = node.Engine.Partitions[p];
        byte[] key = Bytes(Marker);
        ModelValue value = new(number.ToString(CultureInfo.InvariantCulture), StringEncoding.Derived, 0);
        writes.Add(storage => partition.Put(storage, 0, key, partition.Hash(0, key), RecordType.String,
            value.Encoding, Bytes(value.Value), 0));
        effects.Add(() => Model.Put(p, 0, Marker, value, 0));
    }

    private static void VerifyDatabase(SimNode node, Model expected, int p, int d, long now)
    {
        Partition partition = node.Engine.Partitions[p];
        List<string> live = expected.LiveKeys(p, d, now);
        List<string> seen = [];
        node.Run(0, storage =>
        {
            seen.Clear();
            KeyScan scan = partition.Scan(storage, d, default, default, true);
            KeyStep step;
            while ((step = scan.MoveNext()) == KeyStep.Key) seen.Add(Encoding.Latin1.GetString(scan.Key));
            return step == KeyStep.End;
        });
        if (!seen.SequenceEqual(live)) throw new InvalidOperationException(
            $"p{p} db{d}: scan gives {seen.Count} keys instead of {live.Count}; missing [{string.Join(' ',
                live.Except(seen).Take(5))}], too many [{string.Join(' ', seen.Except(live).Take(5))}]");
        foreach (string key in expected[p, d].Keys) VerifyKey(node, p, d, key, expected.Find(p, d, key, now));
        long count = -1;
        node.Run(0, storage => partition.TryCount(storage, d, out count));
        if (count != live.Count)
            throw new InvalidOperationException($"p{p} db{d}: count {count}, not {live.Count}");
    }

    public static void VerifyKey(SimNode node, int p, int d, string key, ModelValue? expected)
    {
        Partition partition = node.Engine.Partitions[p];
        ModelValue? found = null;
        node.Run(0, storage =>
        {
            byte[] bytes = Bytes(key);
            if (!partition.TryFind(storage, d, bytes, partition.Hash(d, bytes), true, out Record record))
                return false;
            found = Read(record);
            return true;
        });
        if (found != expected)
            throw new InvalidOperationException($"p{p} db{d} {key}: {Show(found)}, not {Show(expected)}");
    }

    private static string Show(ModelValue? value) => value is null
        ? "nothing"
        : $"{value.Value.Length} bytes '{value.Value[..Math.Min(20, value.Value.Length)]}' {value.Encoding} "
            + $"{value.ExpireAt}";

    private void Operation(SimNode node, List<Func<CoreStorage, bool>> reads,
        List<Action<CoreStorage>> writes,
        List<Action> effects, bool joint)
    {
        int p = seed.Below(Model.Partitions);
        Written.Add(p);
        int d = seed.Chance(0.8) ? 0 : seed.Below(Model.Databases);
        Partition partition = node.Engine.Partitions[p];
        string name = $"k{seed.Below(keys)}";
        byte[] key = Bytes(name);
        long now = clock.UnixMilliseconds;
        int kind = seed.Below(1000);
        if (kind < 3 && !joint)
        {
            writes.Add(storage => partition.Flush(storage, d));
            effects.Add(() => Model.Flush(p, d));
        }
        else if (kind < 6 && !joint)
        {
            int other = seed.Below(Model.Databases);
            writes.Add(storage => partition.SwapDatabases(storage, d, other));
            effects.Add(() => Model.Swap(p, d, other));
        }
        else if (kind < 14 && !joint)
        {
            string to = kind == 6 ? "" : kind < 10 ? $"k{seed.Below(keys)}" : name + '9';
            writes.Add(storage => partition.RemoveRange(storage, d, key, Bytes(to)));
            effects.Add(() => Model.RemoveRange(p, d, name, to));
        }
        else if (kind < 450)
        {
            ModelValue value = new(Text(), (StringEncoding)seed.Below(3), Expiry());
            writes.Add(storage => partition.Put(storage, d, key, partition.Hash(d, key), RecordType.String,
                value.Encoding, Bytes(value.Value), value.ExpireAt));
            effects.Add(() => Model.Put(p, d, name, value, now));
        }
        else OperationOnFound(partition, p, d, name, kind, reads, writes, effects, joint);
    }

    private void OperationOnFound(Partition partition, int p, int d, string name, int kind,
        List<Func<CoreStorage, bool>> reads, List<Action<CoreStorage>> writes, List<Action> effects,
            bool joint)
    {
        byte[] key = Bytes(name);
        long now = clock.UnixMilliseconds;
        reads.Add(storage =>
        {
            if (!partition.TryFind(storage, d, key, partition.Hash(d, key), true, out Record record))
                return false;
            if (!joint && Read(record) != Model.Find(p, d, name, now))
            {
                throw new InvalidOperationException(
                    $"p{p} db{d} {name}: {Show(Read(record))}, not {Show(Model.Find(p, d, name, now))}");
            }

            return true;
        });
        if (kind < 600)
        {
            string bytes = Text();
            int offset = seed.Below(valueMax);
            writes.Add(storage => partition.WriteRange(storage, d, key, partition.Hash(d, key), offset,
                Bytes(bytes)));
            effects.Add(() => Model.WriteRange(p, d, name, offset, bytes, now));
        }
        else if (kind < 750)
        {
            writes.Add(storage => partition.Remove(storage, d, key, partition.Hash(d, key)));
            effects.Add(() => Model.Remove(p, d, name));
        }
        else if (kind < 850)
        {
            long expireAt = Expiry();
            writes.Add(storage =>
            {
                partition.TryFind(storage, d, key, partition.Hash(d, key), false, out Record record);
                if (record.Exists) partition.SetExpiry(storage, d, key, partition.Hash(d, key), expireAt);
            });
            effects.Add(() =>
            {
                if (Model.Find(p, d, name, now) is { } old)
                    Model.Put(p, d, name, old with { ExpireAt = expireAt }, now);
            });
        }
    }

    private long Expiry() => seed.Chance(0.7) ? 0 : clock.UnixMilliseconds + seed.Below(3000) - 100;

    private string Text()
    {
        int length = seed.Chance(0.02) ? seed.Below(40_000) : seed.Below(valueMax);
        return new string((char)('a' + seed.Below(26)), length);
    }
}
