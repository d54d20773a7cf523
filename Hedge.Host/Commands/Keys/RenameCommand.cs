using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class RenameCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("RENAME", 3,
        CommandFlags.Write,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete),
        KeySpec.At(2, KeyFlags.Overwrite | KeyFlags.Update))
    {
        Syntax = "key newkey",
        Arguments = "key newkey:key#1",
        Since = "1.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Rename a key",
    };

    public static void Execute(CommandContext context) => Renaming.Run(context, onlyNew: false);
}
