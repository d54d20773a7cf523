using System.Text;
using Hedge.Host.Settings;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>
/// One generated run: scripts for several clients from one seed, the same world for every try, and, when it
/// fails, the smallest scripts found that still do.
/// </summary>
internal sealed class SimRun(ulong seed)
{
    private const int ShrinkTriesMax = 150;

    public static string[] Keys { get; } = ["a", "b", "c", "d", "e", "f"];

    /// <summary>So many that most are on disk only when a command comes for them.</summary>
    public static string[] ManyKeys { get; } = [.. Keys, .. Enumerable.Range(0, 42).Select(i => $"k{i}")];

    /// <summary>All there are, for seeds to choose from.</summary>
    public static IReadOnlyList<AppendFsync> Policies { get; } =
        [AppendFsync.Always, AppendFsync.EverySec, AppendFsync.No];

    /// <summary>The scripts of the clients.</summary>
    public List<List<SimAction>> Scripts { get; private set; } = [];

    /// <summary>Fills the scripts.</summary>
    public SimRun WithScripts(int clients, int operations, bool controls = false, bool expires = false,
        int padding = 60, string[]? keys = null, bool stores = false,
        bool lists = false)
    {
        SimSeed chance = new(seed ^ 0xA5A5_5A5A);
        SimScript script = new(chance, keys ?? Keys)
        {
            Controls = controls,
            Expires = expires,
            PaddingBytes = padding,
            Stores = stores,
            Lists = lists,
        };
        return Fill(script, clients, operations);
    }

    /// <summary>Fills the scripts with long transactions, among other operations.</summary>
    public SimRun WithTransactions(int clients, int operations, string[] keys, bool lists = false,
        bool scripts = false)
    {
        SimScript script = new(new SimSeed(seed ^ 0x5A5A_A5A5), keys)
        {
            Scripts = scripts,
            QueuedMax = 20,
            TransactionPercent = 19,
            Lists = lists,
        };
        return Fill(script, clients, operations);
    }

    /// <summary>Fills the scripts with pushes and with waits for what is pushed.</summary>
    public SimRun WithBlocking(int clients, int operations, string[] keys)
    {
        SimScript script = new(new SimSeed(seed ^ 0x3C3C_C3C3), keys) { Blocks = true };
        return Fill(script, clients, operations);
    }

    private SimRun Fill(SimScript script, int clients, int operations)
    {
        for (int i = 0; i < clients; i++) Scripts.Add(script.Make(operations));
        return this;
    }

    /// <summary>Takes scripts that are not from the seed alone.</summary>
    public SimRun WithScripts(List<List<SimAction>> scripts)
    {
        Scripts = scripts;
        return this;
    }

    /// <summary>Carries out a test with the scripts;
    /// a failure is shrunk and thrown again with all it takes to repeat it.
    /// </summary>
    public void Execute(Action<List<List<SimAction>>> test)
    {
        if (Try(test, Scripts) is not { } problem) return;
        int tries = 0;
        for (int size = Scripts.Max(script => script.Count); size > 0 && tries < ShrinkTriesMax; size /= 2)
        {
            for (int client = 0; client < Scripts.Count; client++)
            {
                for (int at = 0; at < Scripts[client].Count && tries < ShrinkTriesMax; tries++)
                {
                    List<List<SimAction>> fewer = [.. Scripts];
                    fewer[client] = [.. Scripts[client].Take(at), .. Scripts[client].Skip(at + size)];
                    if (Try(test, fewer) is { } same) (Scripts, problem) = (fewer, same);
                    else at += size;
                }
            }
        }

        throw new SimFailureException(Describe(problem));
    }

    private static string? Try(Action<List<List<SimAction>>> test, List<List<SimAction>> scripts)
    {
        try
        {
            test(scripts);
            return null;
        }
        catch (Exception problem) when (problem is not NUnit.Framework.AssertionException)
        {
            return problem is SimFailureException ? problem.Message : problem.ToString();
        }
    }

    private string Describe(string problem)
    {
        StringBuilder text = new();
        text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"seed {seed}: {problem}");
        for (int client = 0; client < Scripts.Count; client++)
        {
            text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"client {client}:");
            foreach (SimAction action in Scripts[client]) text.Append("  ").Append(action).AppendLine();
        }

        return text.ToString();
    }
}
