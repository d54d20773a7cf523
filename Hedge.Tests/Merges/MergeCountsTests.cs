using Hedge.Storage.Compactions;
using Hedge.Storage.Keys;
using Hedge.Storage.Merges;
using Hedge.Storage.Runs;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Merges;

[Category("fast")]
public sealed class MergeCountsTests
{
    private const uint Keyspace = 7;

    /// <summary>What a run may say of a key: nothing, or one of two puts or a tombstone, unresolved or
    /// not.</summary>
    private static readonly Version?[] Versions =
    [
        null,
        .. from isPut in new[] { true, false }
           from expires in new[] { false, true }
           where isPut || !expires
           from isUnresolved in new[] { false, true }
           select new Version(isPut, expires, isUnresolved),
    ];

    // Four runs in all; three are merged, of which the middle one may have been counted before.
    [Test]
    public void Every_history_of_a_key_is_corrected_as_a_brute_force_count_says(
        [Values] bool includesOldest, [Values] bool isMiddleCounted)
    {
        MemoryDisk disk = new();
        int histories = 0;
        List<List<ModelEntry>> runs = [[], [], [], []];
        CountSums expected = new();
        foreach (Version? newest in Versions)
        {
            foreach (Version? middle in Versions)
            {
                foreach (Version? oldest in Versions)
                {
                    foreach (Version? beneath in includesOldest ? [null] : Versions)
                    {
                        if (newest is null && middle is null && oldest is null) continue;
                        Version?[] history = [newest, middle, oldest, beneath];
                        string name = $"{histories++:D6}";
                        byte[] key = ModelEntry.KeyOf(Keyspace, System.Text.Encoding.ASCII.GetBytes(name));
                        for (int i = 0; i < history.Length; i++)
                            if (history[i] is { } version) runs[i].Add(version.Entry(key));
                        if (isMiddleCounted && middle is not null)
                            history[1] = middle with { IsUnresolved = false };
                        CountCorrection all = BruteForce(history, 3);
                        expected.Add(Keyspace, all.Keys, all.Expires);
                    }
                }
            }
        }

        (CountSums merged, List<ModelEntry> output) = Merge(disk, runs, includesOldest, isMiddleCounted);

        // What the merge has left unresolved is resolved by what is beneath it, and then nothing is missing.
        CountSums rest = new();
        Dictionary<string, ModelEntry> beneathByKey = runs[3].ToDictionary(entry => Name(entry));
        foreach (ModelEntry entry in output.Where(entry => entry.IsUnresolved))
        {
            bool found = beneathByKey.TryGetValue(Name(entry), out ModelEntry? older);
            bool existed = found && older!.Kind == RunEntryKind.Put;
            rest.Replaced(Keyspace, existed, existed && older!.ExpireAt != 0);
        }

        if (includesOldest) Assert.That(output, Has.None.Matches<ModelEntry>(entry => entry.IsUnresolved));
        else Assert.That(output, Has.Some.Matches<ModelEntry>(entry => entry.IsUnresolved));
        merged.Add(rest);
        Assert.That(merged.All, Is.EqualTo(expected.All));
        TestContext.Out.WriteLine($"{histories} histories, corrected by {expected.All[0]}");
    }

    // Of each history on its own, since sums may hide two mistakes that make up for each other.
    [Test]
    public void Every_history_is_right_on_its_own([Values] bool includesOldest)
    {
        foreach (Version? newest in Versions)
        {
            foreach (Version? middle in Versions)
            {
                foreach (Version? oldest in Versions)
                {
                    Version?[] history = [newest, middle, oldest, null];
                    if (history.All(version => version is null)) continue;
                    MergeCounts counts = new([false, false, false], includesOldest);
                    byte[] key = ModelEntry.KeyOf(Keyspace, "key"u8);
                    bool isFirst = true;
                    for (int i = 0; i < 3; i++)
                    {
                        if (history[i] is not { } version) continue;
                        if (isFirst) counts.Newest(i, version.Entry(key).Entry);
                        else counts.Older(i, version.Entry(key).Entry);
                        isFirst = false;
                    }

                    bool isUnresolved = counts.End(key);
                    Version last = history.Last(version => version is not null)!;
                    Assert.That(isUnresolved, Is.EqualTo(last.IsUnresolved && !includesOldest));
                    if (isUnresolved) counts.Sums.Replaced(Keyspace, false, false);
                    CountCorrection expected = BruteForce(history, 3);
                    CountSums sums = new();
                    sums.Add(Keyspace, 0, 0);
                    sums.Add(counts.Sums);
                    Assert.That(sums.All[0], Is.EqualTo(expected), string.Join(", ", history.ToList()));
                }
            }
        }
    }

    // Replays the key's life from the beginning: what the counts said at once against what was true.
    private static CountCorrection BruteForce(Version?[] newestFirst, int merged)
    {
        bool exists = false;
        bool expires = false;
        long keys = 0;
        long expiring = 0;
        for (int i = newestFirst.Length - 1; i >= 0; i--)
        {
            if (newestFirst[i] is not { } version) continue;
            long change = (version.IsPut ? 1 : 0) - (exists ? 1 : 0);
            long expiryChange = (version.Expires ? 1 : 0) - (expires ? 1 : 0);
            if (version.IsUnresolved && i < merged)
            {
                keys += change - (version.IsPut ? 0 : -1);
                expiring += expiryChange - (version.Expires ? 1 : 0);
            }

            exists = version.IsPut;
            expires = version.Expires;
        }

        return new CountCorrection(Keyspace, keys, expiring);
    }

    private static (CountSums, List<ModelEntry>) Merge(MemoryDisk disk, List<List<ModelEntry>> newestFirst,
        bool includesOldest, bool isMiddleCounted)
    {
        List<Run> runs = [];
        for (int i = 0; i < 3; i++)
        {
            RunId id = new(1, (ulong)i + 1);
            ModelEntry.Write(disk, $"run{i}", newestFirst[i], id);
            runs.Add(Run.Open(disk, $"run{i}", id));
        }

        RunId output = new(1, 9);
        using CompactionJob job = new(disk, new CompactionPlan
        {
            Inputs = runs,
            IsCounted = [false, isMiddleCounted, false],
            Output = output,
            OutputPath = "out",
            IncludesOldest = includesOldest,
            IsLiveKeyspace = _ => true,
            ExpiryHorizon = 0,
        });
        while (job.Step())
        {
        }

        foreach (Run run in runs) run.Release();
        Run merged = Run.Open(disk, "out", output);
        using RunScanner scanner = new(disk, merged);
        List<ModelEntry> entries = ModelEntry.Drain(scanner);
        Assert.That(merged.Info.Unresolved, Is.EqualTo(entries.Count(entry => entry.IsUnresolved)));
        Assert.That(merged.Info.UnresolvedOf(Keyspace), Is.EqualTo(merged.Info.Unresolved));
        merged.Release();
        return (job.Sums, entries);
    }

    private static string Name(ModelEntry entry) =>
        System.Text.Encoding.ASCII.GetString(InternalKey.UserKey(entry.Key));

    private sealed record Version(bool IsPut, bool Expires, bool IsUnresolved)
    {
        public ModelEntry Entry(byte[] key)
        {
            ModelEntry entry = IsPut
                ? ModelEntry.Put(key, [1], Expires ? 1000 : 0)
                : ModelEntry.Tombstone(key);
            return entry with { IsUnresolved = IsUnresolved };
        }
    }
}
