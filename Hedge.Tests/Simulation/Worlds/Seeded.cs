using NUnit.Framework;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>What is made from a seed names it when it fails.</summary>
internal static class Seeded
{
    /// <summary>Runs what is made from a seed.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static void Run(ulong seed, Action run)
    {
        try
        {
            run();
        }
        catch (Exception error) when (error is not SuccessException)
        {
            throw new InvalidOperationException($"seed {seed}: {error.Message}", error);
        }
    }

    /// <summary>Runs a story from a seed, life after life.</summary>
    public static void Run(ulong seed, int lives, Action live) => Run(seed, () =>
    {
        for (int life = 0; life < lives; life++) live();
    });
}
