using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XAutoClaimCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XAUTOCLAIM", -6,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax = "key group consumer min-idle-time start [COUNT count] [JUSTID]",
        Arguments = "key group consumer min-idle-time start count justid",
        Since = "6.2.0",
        Group = "stream",
        Complexity = "O(1) if COUNT is small.",
        Summary =
            "Changes (or acquires) ownership of messages in a consumer group, as if the messages were " +
            "delivered to the specified consumer.",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("7.0.0", "Added an element to the reply array, containing deleted entries the command "
                + "cleared from the PEL"),
        ],
    };

    public static void Execute(CommandContext context) => ClaimCommands.ClaimFrom(context);
}
