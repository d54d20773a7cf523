using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class RenameNxCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("RENAMENX", 3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete),
        KeySpec.At(2, KeyFlags.Overwrite | KeyFlags.Insert))
    {
        Syntax = "key newkey",
        Arguments = "key newkey:key#1",
        Since = "1.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Rename a key, only if the new key does not exist",
        History =
        [
            ("3.2.0",
            "The command no longer returns an error when source and destination names are the same."),
        ],
    };

    public static void Execute(CommandContext context) => Renaming.Run(context, onlyNew: true);
}
