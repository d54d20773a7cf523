using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Scripting;

internal sealed class EvalRoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EVAL_RO", -3,
        CommandFlags.ReadOnly | CommandFlags.NoScript | CommandFlags.Stale
            | CommandFlags.SkipMonitor | CommandFlags.NoMandatoryKeys | CommandFlags.MovableKeys,
        AclCategory.Scripting,
        KeySpec.Counted(2, KeyFlags.ReadOnly | KeyFlags.Access)
            with
        {
            Notes = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS",
        })
    {
        Traits = CommandTraits.RunsScript,
        Syntax = "script numkeys [key [key ...]] [arg [arg ...]]",
        Arguments = "script:string numkeys key arg",
        Since = "7.0.0",
        Group = "scripting",
        Complexity = "Depends on the script that is executed.",
        Summary = "Execute a read-only Lua script server side",
    };

    public static void Execute(CommandContext context) =>
        context.Scripts!.Run(context, isReadOnly: true);
}
