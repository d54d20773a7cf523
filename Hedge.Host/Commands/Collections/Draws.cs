namespace Hedge.Host.Commands.Collections;

/// <summary>Random numbers of one command. They are the same when it is run again after a miss: otherwise it
/// might miss something else each time and never end.</summary>
internal struct Draws
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private readonly ulong _seed;
    private ulong _state;

    private Draws(ulong seed) => _seed = _state = seed;

    /// <summary>The numbers of the running command.</summary>
    public static Draws For(CommandContext context) =>
        context.Progress is Kept kept ? new Draws(kept.Seed) : new Draws(context.Seed.Next());

    /// <summary>Keeps the numbers for the command's next run, if it has missed something.</summary>
    public readonly void End(CommandContext context)
    {
        if (context.Storage is { HasMisses: true }) context.Progress = new Kept(_seed);
    }

    /// <summary>A number from 0 on, below a limit; each with the same probability.</summary>
    public long Below(long limit)
    {
        ulong bound = (ulong)limit;
        while (true)
        {
            ulong high = Math.BigMul(Next(), bound, out ulong low);
            if (low >= bound || low >= (0 - bound) % bound) return (long)high;
        }
    }

    /// <summary>Positions below a size: with a positive count so many different ones, fewer than there are;
    /// with a negative one, any.</summary>
    public IEnumerable<long> Positions(long size, long count) =>
        count < 0 ? Any(this, size, -count) : Different(size, count);

    private static IEnumerable<long> Any(Draws draws, long size, long count)
    {
        for (; count > 0; count--) yield return draws.Below(size);
    }

    // Floyd's sampling, then a shuffle: each subset, and each order of it, has the same probability.
    private long[] Different(long size, long count)
    {
        HashSet<long> chosen = new((int)count);
        long[] positions = new long[count];
        for (long i = 0, last = size - count; last < size; i++, last++)
        {
            long position = Below(last + 1);
            positions[i] = chosen.Add(position) ? position : last;
            if (positions[i] == last) chosen.Add(last);
        }

        for (int i = positions.Length - 1; i > 0; i--)
        {
            int other = (int)Below(i + 1);
            (positions[i], positions[other]) = (positions[other], positions[i]);
        }

        return positions;
    }

    private ulong Next()
    {
        ulong mixed = _state += Step;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    private sealed record Kept(ulong Seed);
}
