namespace Hedge.Tests.Simulation.Worlds;

/// <summary>A world whose server ends again and again at some disk operation, and is started with another
/// number of cores, until all clients are through.</summary>
internal sealed class SimLives(SimWorld world, SimServerOptions options, SimSeed chance)
{
    /// <summary>After so many lives nothing strikes any more.</summary>
    public int StruckMax { get; init; } = 12;

    /// <summary>A life ends at one of its first so many mutations of the disk.</summary>
    public int MutationsMax { get; init; } = 120;

    /// <summary>What is looked at after each start.</summary>
    public Action<SimWorld> Started { get; init; } = static _ => { };

    /// <summary>How a life ends: by a power failure if nothing is said.</summary>
    public Action<SimWorld> End { get; init; } = static world => world.Crash();

    /// <summary>What a client does at last.</summary>
    public List<SimAction> Last { get; init; } = [new SimAction([["MGET", .. SimRun.Keys]])];

    /// <summary>What is looked at when the history is right.</summary>
    public Action<SimWorld> Checked { get; init; } = static _ => { };

    /// <summary>Lives, checks the history, and ends the world. Returns how many lives that took.</summary>
    public int Run(List<List<SimAction>> scripts)
    {
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        try
        {
            int lives = 0;
            while (!world.IsDone)
            {
                lives++;
                world.Options = options with { Cores = 1 + chance.Below(4) };
                world.Disk.CrashAt =
                    lives > StruckMax ? 0 : world.Disk.Mutations + 1 + chance.Below(MutationsMax);
                try
                {
                    world.Start();
                    Started(world);
                    world.Run();
                    world.Disk.CrashAt = 0;
                }
                catch (SimCrashException)
                {
                    End(world);
                }
            }

            if (world.Server == null) world.Start();
            world.AddClient(Last);
            world.Run();
            world.CheckHistory();
            Checked(world);
            world.Close();
            return lives;
        }
        finally
        {
            world.Dispose();
        }
    }
}
