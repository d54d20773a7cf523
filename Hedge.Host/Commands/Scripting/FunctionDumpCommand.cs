using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class FunctionDumpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FUNCTION|DUMP", 2,
        CommandFlags.NoScript,
        AclCategory.Scripting)
    {
        Syntax = "",
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "O(N) where N is the number of functions",
        Summary = "Dump all functions into a serialized binary payload",
    };

    public static void Execute(CommandContext context)
    {
        using var payload = new PayloadOutput
        {
            Compresses = context.Server.Settings.Current.DumpCompression,
        };
        FunctionPayload.Write(context.Server.Functions.Current, payload);
        context.Reply.Bulk(payload.Bytes);
    }
}
