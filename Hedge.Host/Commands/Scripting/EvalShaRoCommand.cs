using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class EvalShaRoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EVALSHA_RO", -3,
        CommandFlags.ReadOnly | CommandFlags.NoScript | CommandFlags.Stale
            | CommandFlags.SkipMonitor | CommandFlags.NoMandatoryKeys | CommandFlags.MovableKeys,
        AclCategory.Scripting,
        KeySpec.Counted(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.RunsScript | CommandTraits.NamesScript,
        Syntax = "sha1 numkeys [key [key ...]] [arg [arg ...]]",
        Arguments = "sha1:string numkeys key arg",
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "Depends on the script that is executed.",
        Summary = "Execute a read-only Lua script server side",
    };

    public static void Execute(CommandContext context) =>
        context.Scripts!.Run(context, isReadOnly: true);
}
