using System.Reflection;
using System.Runtime.CompilerServices;
using Hedge.Host.Executions.Scripts;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;
using Hedge.Tests.Simulation.Worlds;

namespace Hedge.Tests.Canary;

/// <summary>Bugs of scripts that run, to be called before each step of a world.</summary>
internal static class TamperedScripts
{
    // The step at which a call goes on that has paused for its command.
    private const int Paused = 1;

    private static readonly ConditionalWeakTable<Server, object> Tampered = [];

    private static readonly FieldInfo Runs =
        typeof(RunningScripts).GetField("_runs", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private static readonly FieldInfo HasWritten =
        typeof(ScriptRun).GetField("_hasWritten", BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>A command in which a script has paused runs twice when the script goes on.</summary>
    public static void ResumeTwice(SimWorld world)
    {
        Server server = world.Server!.Group.Server;
        if (!Tampered.TryAdd(server, server)) return;
        Func<ScriptMachine> make = server.MakeScriptMachine;
        server.MakeScriptMachine = () =>
        {
            ScriptMachine machine = make();
            LuaTable redis = machine.Lua.Globals.Get(LuaString.Name("redis")).AsTable!;
            LuaLibraries.Set(machine.Lua, redis, "pcall", CallAgain);
            return machine;
        };
    }

    /// <summary>Scripts forget that they have written, so they can be killed after it.</summary>
    public static void ForgetWrites(SimWorld world)
    {
        var runs = (List<IRunningScript>)Runs.GetValue(world.Server!.Group.Server.RunningScripts)!;
        foreach (ScriptRun run in runs.OfType<ScriptRun>()) HasWritten.SetValue(run, false);
    }

    private static LuaAction CallAgain(LuaCall call)
    {
        IScriptHost host = ((ScriptMachine)call.Machine.Context!).Host!;
        bool hasPaused = call.Step == Paused;
        LuaAction action = host.Call(call, raises: false);
        // What has not returned yet has to be called again anyway.
        if (!hasPaused || action.Code < 0) return action;
        call.Frame.Step = Paused;
        return host.Call(call, raises: false);
    }
}
