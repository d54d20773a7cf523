using Hedge.Host.Declarations;
using Hedge.Host.Scripting;
using Hedge.Resp;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FunctionStatsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FUNCTION|STATS", 2,
        CommandFlags.NoScript | CommandFlags.AllowBusy,
        AclCategory.Scripting)
    {
        Syntax = "",
        Tips = ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "O(1)",
        Summary = "Return information about the function currently running (name, description, duration)",
    };

    public static void Execute(CommandContext context)
    {
        RespWriter reply = context.Reply;
        reply.MapHeader(2);
        reply.BulkAscii("running_script");
        if (context.Server.RunningScripts.FindFunction() is { } run)
        {
            reply.MapHeader(3);
            reply.BulkAscii("name");
            reply.BulkAscii(run.Program.Name);
            reply.BulkAscii("command");
            reply.ArrayHeader(run.CommandLine.Count);
            foreach (byte[] argument in run.CommandLine) reply.Bulk(argument);
            reply.BulkAscii("duration_ms");
            reply.Integer((context.Clock.MonotonicMicroseconds - run.StartedMicroseconds) / 1000);
        }
        else
        {
            reply.Null();
        }

        FunctionTable functions = context.Server.Functions.Current;
        reply.BulkAscii("engines");
        reply.MapHeader(1);
        reply.BulkAscii("LUA");
        reply.MapHeader(2);
        reply.BulkAscii("libraries_count");
        reply.Integer(functions.Libraries.Count);
        reply.BulkAscii("functions_count");
        reply.Integer(functions.FunctionCount);
    }
}
