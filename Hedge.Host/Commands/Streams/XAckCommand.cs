using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XAckCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XACK", -4,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax = "key group id [id ...]",
        Arguments = "key group id",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1) for each message ID processed.",
        Summary =
            "Marks a pending message as correctly processed, effectively removing it from the pending " +
            "entries list of the consumer group. Return value of the command is the number of messages " +
            "successfully acknowledged, that is, the IDs we were actually able to resolve in the PEL.",
    };

    public static void Execute(CommandContext context) => GroupWrite.Acknowledge(context);
}
