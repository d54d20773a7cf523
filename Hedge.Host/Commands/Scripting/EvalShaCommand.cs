using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class EvalShaCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EVALSHA", -3,
        CommandFlags.NoScript | CommandFlags.Stale
            | CommandFlags.SkipMonitor | CommandFlags.NoMandatoryKeys | CommandFlags.MovableKeys,
        AclCategory.Scripting,
        KeySpec.Counted(2, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Traits = CommandTraits.RunsScript | CommandTraits.NamesScript,
        Syntax = "sha1 numkeys [key [key ...]] [arg [arg ...]]",
        Arguments = "sha1:string numkeys key arg",
        Since = "2.6.0",
        Group = "scripting",
        Complexity = "Depends on the script that is executed.",
        Summary = "Execute a Lua script server side",
    };

    public static void Execute(CommandContext context) =>
        context.Scripts!.Run(context, isReadOnly: false);
}
