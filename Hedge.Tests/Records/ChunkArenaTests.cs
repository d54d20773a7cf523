using Hedge.Storage.Records;
using NUnit.Framework;

namespace Hedge.Tests.Records;

/// <summary>Slabs of three sizes from chunks: aligned, apart from each other, and given back.</summary>
[Category("fast")]
public sealed unsafe class ChunkArenaTests
{
    private static readonly int[] Sizes = [64 << 10, 256 << 10, 1 << 20];

    [Test]
    public void Slabs_are_aligned_and_never_overlap()
    {
        const int Seed = 20261121;
        TestContext.Out.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        using var arena = new ChunkArena();
        var live = new List<(nint Start, int Bytes)>();
        for (int i = 0; i < 2000; i++)
        {
            if (live.Count > 40 && random.Next(2) == 0)
            {
                int victim = random.Next(live.Count);
                arena.Free((void*)live[victim].Start, live[victim].Bytes);
                live.RemoveAt(victim);
                continue;
            }

            int bytes = Sizes[random.Next(3)];
            nint start = (nint)arena.Allocate(bytes);
            Assert.That((long)start % bytes, Is.Zero);
            Assert.That(live.Any(s => s.Start < start + bytes && start < s.Start + s.Bytes), Is.False);
            live.Add((start, bytes));
        }
    }

    [Test]
    public void Everything_goes_back_when_the_last_slab_does()
    {
        using var arena = new ChunkArena();
        var slabs = new List<nint>();
        for (int i = 0; i < 100; i++) slabs.Add((nint)arena.Allocate(Sizes[0]));
        Assert.That(arena.BytesHeld, Is.EqualTo(4 * (2 << 20)));
        foreach (nint slab in slabs) arena.Free((void*)slab, Sizes[0]);
        Assert.That(arena.BytesHeld, Is.Zero);
    }
}
