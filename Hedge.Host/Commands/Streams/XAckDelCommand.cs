using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XAckDelCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XACKDEL", -6,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update | KeyFlags.Delete))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax = "key group [KEEPREF | DELREF | ACKED] IDS <numids id [id ...]>",
        Arguments = "key group condition keepref delref acked ids numids:integer id",
        Since = "8.2.0",
        Group = "stream",
        Complexity = "O(N*M) where N is the number of IDs and M that of the stream's groups.",
        Summary =
            "Acknowledges entries in a group and deletes them, as their references in other groups allow",
    };

    public static void Execute(CommandContext context) => EntryRemoval.Acknowledge(context);
}
