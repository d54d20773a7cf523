using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class RestoreAskingCommand : ICommand
{
    public static CommandSpec Spec { get; } = RestoreCommand.Spec with
    {
        Name = "RESTORE-ASKING",
        Flags = RestoreCommand.Spec.Flags | CommandFlags.Asking,
        Since = "3.0.0",
        Group = "server",
        Summary = "An internal command for migrating keys in a cluster",
        IsSystemCommand = true,
    };

    public static void Execute(CommandContext context) => RestoreCommand.Execute(context);
}
