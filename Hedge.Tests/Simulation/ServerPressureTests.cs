using Hedge.Host.Settings;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Full mailboxes, long pipelines, clients that vanish, stall or half-close while their commands
/// wait.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerPressureTests
{
    [Test]
    public void Small_mailboxes_and_rude_clients_change_no_answer()
    {
        foreach (ulong seed in SimCounts.Seeds(25))
        {
            new SimRun(seed).WithScripts(clients: 4, operations: 30, controls: true, padding: 700)
                .Execute(scripts => Press(seed, scripts));
        }
    }

    [Test]
    public void A_core_that_stands_still_for_all_cores_commands_gets_its_log_synced()
    {
        foreach (ulong seed in SimCounts.Seeds(20))
        {
            List<List<SimAction>> scripts = [];
            for (int client = 0; client < 3; client++)
            {
                List<SimAction> script = [];
                for (int i = 0; i < 20; i++)
                {
                    string key = SimRun.Keys[(client + i) % SimRun.Keys.Length];
                    script.Add(SimAction.Of("SET", key, $"{client}-{i}"));
                    if (i % 4 == client) script.Add(SimAction.Of("CONFIG", "SET", "timeout", "0"));
                }

                scripts.Add(script);
            }

            Press(seed, scripts);
        }
    }

    private static void Press(ulong seed, List<List<SimAction>> scripts)
    {
        SimWorld world = new(seed, new SimServerOptions
        {
            Cores = 2 + (int)(seed % 3),
            Fsync = seed % 2 == 0 ? AppendFsync.Always : AppendFsync.EverySec,
            MailboxBytes = 4096,
        })
        { DepthMax = 6 };
        if (seed % 3 == 0) world.Prefill(SimRun.Keys);
        foreach (List<SimAction> script in scripts) world.AddClient(script);
        world.Complete();
    }
}
