using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Replication;

internal sealed class ReplicaOfCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("REPLICAOF", 3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale | CommandFlags.NoAsyncLoading,
        AclCategory.None)
    {
        Syntax = "<host port | NO ONE>",
        Arguments = "args host-port host port no-one no one",
        Since = "5.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Make the server a replica of another instance, or promote it as master.",
    };

    /// <summary>What every command of replication answers.</summary>
    internal const string Missing = "ERR Hedge has no replication";

    // The server is a master and stays one, so NO ONE changes nothing.
    public static void Execute(CommandContext context)
    {
        if (context.Is(1, "NO"u8) && context.Is(2, "ONE"u8)) context.Reply.Ok();
        else if (!IsPort(context.Argument(2))) context.Reply.Error("ERR Invalid master port");
        else context.Reply.Error(Missing);
    }

    private static bool IsPort(ReadOnlySpan<byte> text) =>
        Numbers.TryParseInt64(text, out long port) && port is >= 0 and <= ushort.MaxValue;
}
