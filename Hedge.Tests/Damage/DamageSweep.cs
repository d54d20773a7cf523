using Hedge.Storage.Io;
using Hedge.Tests.Simulation;

namespace Hedge.Tests.Damage;

/// <summary>One thing that happens to a directory at rest.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Path">The file, or what the files' paths begin with.</param>
/// <param name="Strike">Does it.</param>
/// <param name="IsCutTail">True when it only takes the end of the file away, so that what was never synced
/// is gone and nobody can know.</param>
internal sealed record DamageCase(string Name, string Path, Action<SimDisk> Strike, bool IsCutTail);

/// <summary>All that happens to a directory's files, one thing at a time, and what must come of it.</summary>
internal sealed class DamageSweep
{
    private const int Block = 4096;

    /// <summary>Cases so far.</summary>
    public int Cases { get; private set; }

    /// <summary>By outcome, how many.</summary>
    public int[] Outcomes { get; } = new int[Enum.GetValues<WrittenDirectory.Outcome>().Length];

    /// <summary>Starts past damage with log-load-truncated.</summary>
    public int Tolerated { get; private set; }

    /// <summary>Sweeps one directory. Throws on the first silent loss, wrong value or false
    /// refusal.</summary>
    /// <param name="seed">The directory's seed.</param>
    /// <param name="by">How it is written.</param>
    /// <param name="blocks">How many blocks of each file are zeroed, beside the first and the last.</param>
    public void Run(ulong seed, WrittenBy by, int blocks)
    {
        WrittenDirectory written = new(seed, by);
        SimDisk untouched = written.Disk.Fork(seed);
        Expect(written.Start(untouched, by.Cores, false, out string report)
            == WrittenDirectory.Outcome.Harmless, $"{by}, untouched: {report}");
        Expect(written.Start(written.Disk.Fork(seed), 3 - by.Cores, false, out report)
            == WrittenDirectory.Outcome.Harmless, $"{by}, untouched, with other cores: {report}");
        foreach (DamageCase damage in All(written, blocks))
        {
            Cases++;
            // The stage file counts as long as the machine goes on.
            SimDisk disk = IsStage(damage) ? written.Disk.AfterKill(seed + (ulong)Cases)
                : written.Disk.Fork(seed + (ulong)Cases);
            damage.Strike(disk);
            string where = $"seed {seed}, {by}, {damage.Path} {damage.Name}";
            try
            {
                Strike(written, disk, damage, where);
            }
            catch (InvalidOperationException wrong) when (!IsPlaced(wrong))
            {
                throw new InvalidOperationException($"{where}: {wrong.Message}", wrong);
            }
        }
    }

    private void Strike(WrittenDirectory written, SimDisk disk, DamageCase damage, string where)
    {
        SimDisk again = IsStage(damage) ? disk.AfterKill(1) : disk.Fork(1);
        WrittenDirectory.Outcome outcome = written.Start(disk, written.By.Cores, false, out string report);
        Outcomes[(int)outcome]++;
        if (outcome == WrittenDirectory.Outcome.Lost)
            Expect(!written.By.KnowsAll && !IsStage(damage), $"{where}: silently lost: {report}");
        if (outcome != WrittenDirectory.Outcome.Refused) return;
        Expect(report.Contains(damage.Path, StringComparison.Ordinal)
            || report.Contains(Path.GetFileNameWithoutExtension(damage.Path), StringComparison.Ordinal),
            $"{where}: the refusal does not name the file: {report}");
        if (!report.Contains("log-load-truncated", StringComparison.Ordinal)) return;
        Tolerated++;
        outcome = written.Start(again, written.By.Cores, true, out string after);
        Expect(outcome != WrittenDirectory.Outcome.Refused, $"{where}: refused all the same: {after}");
        outcome = written.Start(again, written.By.Cores, false, out string later, counts: false);
        Expect(outcome != WrittenDirectory.Outcome.Refused, $"{where}: refused the next time: {later}");
    }

    private static IEnumerable<DamageCase> All(WrittenDirectory written, int blocks)
    {
        string[] files = [.. written.Files];
        foreach (string path in files)
        {
            byte[] bytes = written.Disk.Peek(path).ToArray();
            yield return new DamageCase("removed", path, disk => disk.Delete(path), false);
            foreach (long length in Lengths(bytes))
                yield return new DamageCase($"cut to {length}", path, disk => Cut(disk, path, length), true);
            if (bytes.Length == 0) continue;
            yield return Zeroed(path, "zeroed", 0, bytes.Length);
            int used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
            yield return Zeroed(path, "with its second half zeroed", used / 2, bytes.Length - (used / 2));
            int last = Math.Max(0, used - 1) / Block * Block;
            foreach (int at in BlocksOf(last, blocks))
                yield return Zeroed(path, $"with block {at} zeroed", at, Math.Min(Block, bytes.Length - at));
        }

        foreach (string folder in (string[])["data/log", "data/p00", "data/p03"])
        {
            yield return new DamageCase("emptied", folder, disk =>
            {
                foreach (string path in WrittenDirectory.Under(disk, folder)) disk.Delete(path);
            }, false);
        }
    }

    private static SortedSet<int> BlocksOf(int last, int blocks)
    {
        SortedSet<int> offsets = [0, last];
        for (int i = 1; i <= blocks; i++) offsets.Add(last / (blocks + 1) * i / Block * Block);
        return offsets;
    }

    private static IEnumerable<long> Lengths(byte[] bytes)
    {
        int used = bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        long[] lengths = [0, 1, 64, bytes.Length / 2, used - Block, used - 1, used, bytes.Length - 1];
        return lengths.Distinct().Where(length => length >= 0 && length < bytes.Length);
    }

    private static DamageCase Zeroed(string path, string name, int from, int length) => new(name, path,
        disk => disk.Poke(path, from, new byte[length]), false);

    private static void Cut(SimDisk disk, string path, long length)
    {
        using DiskFile file = disk.Open(path, DiskOpenMode.ReadWrite);
        disk.Truncate(file, length);
        disk.Sync(file);
    }

    private static bool IsStage(DamageCase damage) =>
        damage.Path.EndsWith(".stage", StringComparison.Ordinal);

    private static bool IsPlaced(Exception wrong) =>
        wrong.Message.StartsWith("seed", StringComparison.Ordinal);

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
