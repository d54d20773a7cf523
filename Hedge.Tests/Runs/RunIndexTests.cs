using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Runs;

/// <summary>The block index against a search through the blocks' first keys one by one.</summary>
[Category("fast")]
public sealed class RunIndexTests
{
    [TestCase(1, 1, 4)]
    [TestCase(2, 3, 2)]
    [TestCase(3, 1, 12)]
    [TestCase(4, 40, 3)]
    public void The_block_found_is_the_last_that_begins_not_above_the_key(
        int seed, int keyspaces, int letters)
    {
        Random random = new(seed);
        SortedDictionary<byte[], ModelEntry> set = ModelEntry.NewSet();
        while (set.Count < 3000)
        {
            byte[] key = Key(random, keyspaces, letters);
            set[key] = ModelEntry.Put(key, new byte[random.Next(200, 900)]);
        }

        for (int i = 0; i < 300; i++)
        {
            byte[] key = ModelEntry.ExpiryKeyOf(random.Next(1, 1 << 20), 1, [(byte)random.Next(256)]);
            set[key] = ModelEntry.Put(key, []);
        }

        MemoryDisk disk = new();
        ModelEntry.Write(disk, "run", [.. set.Values]);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        List<byte[]> starts = Starts(disk, run);
        Assert.That(starts, Has.Count.GreaterThan(300));
        for (int i = 0; i < 20_000; i++)
        {
            byte[] key = i % 2 == 0 ? Key(random, keyspaces + 1, letters) : Near(random, starts);
            int last = starts.FindLastIndex(start => start.AsSpan().SequenceCompareTo(key) <= 0);
            long expected = Math.Max(0, last);
            // A key between two blocks may be said to be in the one before or the one that begins above it.
            run.PrefetchPlace(key);
            long found = run.FindBlock(key);
            bool isNext = found == expected + 1 && !set.ContainsKey(key);
            Assert.That(found == expected || isNext, Is.True,
                $"{Convert.ToHexString(key)}: {found}, {expected}");
        }

        run.Release();
    }

    private static byte[] Key(Random random, int keyspaces, int letters)
    {
        byte[] user = new byte[random.Next(1, 24)];
        for (int i = 0; i < user.Length; i++) user[i] = (byte)(random.Next(letters) * 85);
        string prefix = random.Next(3) switch { 0 => "", 1 => "user:profile:", _ => "user:session:of:" };
        return ModelEntry.KeyOf((uint)random.Next(1, keyspaces + 1),
            [.. System.Text.Encoding.ASCII.GetBytes(prefix), .. user]);
    }

    private static byte[] Near(Random random, List<byte[]> starts)
    {
        byte[] key = [.. starts[random.Next(starts.Count)]];
        switch (random.Next(4))
        {
            case 0:
                return [.. key, 0];
            case 1:
                return key.Length > 5 ? key[..^1] : key;
            case 2:
                key[^1]++;
                return key;
            default:
                return key;
        }
    }

    private static List<byte[]> Starts(MemoryDisk disk, Run run)
    {
        List<byte[]> starts = [];
        for (long block = 0; block < run.Blocks; block++)
        {
            BlockLocation location = run.BlockAt(block);
            using PageBuffer buffer = new(location.Length);
            Span<byte> bytes = buffer.Slice(0, location.Length);
            Assert.That(disk.Read(run.File, location.Offset, bytes), Is.EqualTo(bytes.Length));
            BlockWalker walker = new();
            walker.Reset();
            Assert.That(walker.Next(bytes), Is.True);
            starts.Add(walker.Key.ToArray());
        }

        return starts;
    }
}
