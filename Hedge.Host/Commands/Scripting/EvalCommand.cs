using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class EvalCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EVAL", -3,
        CommandFlags.NoScript | CommandFlags.Stale
            | CommandFlags.SkipMonitor | CommandFlags.NoMandatoryKeys | CommandFlags.MovableKeys,
        AclCategory.Scripting,
        KeySpec.Counted(2, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update)
            with
        {
            Notes = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE",
        })
    {
        Traits = CommandTraits.RunsScript,
        Syntax = "script numkeys [key [key ...]] [arg [arg ...]]",
        Arguments = "script:string numkeys key arg",
        Since = "2.6.0",
        Group = "scripting",
        Complexity = "Depends on the script that is executed.",
        Summary = "Execute a Lua script server side",
    };

    public static void Execute(CommandContext context) =>
        context.Scripts!.Run(context, isReadOnly: false);
}
