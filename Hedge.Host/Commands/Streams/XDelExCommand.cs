using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XDelExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XDELEX", -5,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key [KEEPREF | DELREF | ACKED] IDS <numids id [id ...]>",
        Arguments = "key condition keepref delref acked ids numids:integer id",
        Since = "8.2.0",
        Group = "stream",
        Complexity = "O(N*M) where N is the number of IDs and M that of the stream's groups.",
        Summary = "Deletes entries of a stream, as their references in groups allow",
    };

    public static void Execute(CommandContext context) => EntryRemoval.Delete(context);
}
