using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class SortCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SORT", -2,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.MovableKeys,
        AclCategory.Set | AclCategory.SortedSet | AclCategory.List | AclCategory.Dangerous,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access),
        KeySpec.Unknown(KeyFlags.ReadOnly | KeyFlags.Access,
            "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the "
            + "content of the key we sort"),
        KeySpec.UnknownAfter("STORE", 2, KeyFlags.Overwrite | KeyFlags.Update,
            "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere "
            + "in the argument array", ("BY", 1), ("GET", 1), ("LIMIT", 2)))
    {
        // The keys that patterns name may be anywhere.
        Scope = CommandScope.AllPartitions,
        Traits = CommandTraits.TellsNewKeys,
        Syntax =
            "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] " +
            "[STORE destination]",
        Arguments =
            "key pattern#1 offset_count offset count pattern#1 order asc desc sorting destination:key#2",
        Since = "1.0.0",
        Group = "generic",
        Complexity =
            "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number" +
            " of returned elements. When the elements are not sorted, complexity is O(N).",
        Summary = "Sort the elements in a list, set or sorted set",
    };

    public static void Execute(CommandContext context) => Sorting.Execute(context, mayStore: true);
}
