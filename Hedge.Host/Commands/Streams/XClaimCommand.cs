using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XClaimCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XCLAIM", -6,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax =
            "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] " +
            "[RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]",
        Arguments =
            "key group consumer min-idle-time id ms:integer unix-time-milliseconds count force justid id",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(log N) with N being the number of messages in the PEL of the consumer group.",
        Summary =
            "Changes (or acquires) ownership of a message in a consumer group, as if the message was " +
            "delivered to the specified consumer.",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) => ClaimCommands.ClaimById(context);
}
