# What no reference can tell about the shipped scripts; Update-Facts.ps1 and Find-Incompatibility.ps1 read it.
@{
    # The types of the values whose members the scripts use, beyond those that they name: a member that none of them has is a finding.
    Receivers = @(
        'Microsoft.PowerShell.Cmdletization.CmdletAdapter`1', 'System.AppDomain', 'System.Array',
        'System.Collections.ArrayList', 'System.Collections.Generic.IList`1', 'System.Collections.Hashtable',
        'System.Collections.IDictionary', 'System.Collections.Queue', 'System.Exception', 'System.IO.Stream',
        'System.IO.TextWriter', 'System.Linq.Expressions.LambdaExpression',
        'System.Management.Automation.CmdletBindingAttribute', 'System.Management.Automation.CommandInfo',
        'System.Management.Automation.EngineIntrinsics', 'System.Management.Automation.ErrorCategoryInfo',
        'System.Management.Automation.ErrorDetails', 'System.Management.Automation.ErrorRecord',
        'System.Management.Automation.Host.FieldDescription', 'System.Management.Automation.Host.PSHost',
        'System.Management.Automation.Host.PSHostUserInterface', 'System.Management.Automation.InvocationInfo',
        'System.Management.Automation.ParameterAttribute', 'System.Management.Automation.PathIntrinsics',
        'System.Management.Automation.ProgressRecord', 'System.Management.Automation.PSCmdlet',
        'System.Management.Automation.PSCredential', 'System.Management.Automation.PSMemberInfo',
        'System.Management.Automation.PSModuleInfo', 'System.Management.Automation.PSObject',
        'System.Management.Automation.Runspaces.Runspace', 'System.Management.Automation.ScriptBlock',
        'System.Management.Automation.SessionState', 'System.Net.IWebProxy', 'System.Net.NetworkCredential', 'System.Object',
        'System.Reflection.Emit.AssemblyBuilder', 'System.Reflection.Emit.FieldBuilder', 'System.Reflection.Emit.ILGenerator',
        'System.Reflection.Emit.MethodBuilder', 'System.Reflection.Emit.ModuleBuilder', 'System.Reflection.Emit.TypeBuilder',
        'System.Reflection.FieldInfo', 'System.Reflection.MethodInfo', 'System.Reflection.ParameterInfo',
        'System.Reflection.PropertyInfo', 'System.Security.Cryptography.HashAlgorithm', 'System.Security.SecureString',
        'System.String', 'System.Text.Encoding', 'System.Threading.Tasks.Task`1', 'System.Type', 'System.Uri', 'System.Version',
        'System.Xml.XmlDocument', 'System.Xml.XmlElement', 'System.Xml.XmlReader', 'System.Xml.XmlReaderSettings'
    )

    # Properties that no type declares: what PowerShell gives every value, keys of tables that are filled in elsewhere, members of
    # PowerCLI's connections.
    Properties = @(
        'bearer_fingerprint', 'force', 'held_by_others', 'idle_timeout_minutes', 'IsConnected', 'MayBeOpen', 'NameText',
        'NotDefault', 'Principal', 'PSEdition', 'PSObject', 'PSVersion', 'RefCount', 'ServiceUri', 'State'
    )

    # Types that another assembly shadows in many a Windows PowerShell: with the name of the assembly only.
    Shadowed = @('System.Runtime.InteropServices.RuntimeInformation')

    # Programs, commands of PowerCLI, and of the module ScheduledTasks, which is a part of Windows since 2012 and documented with it.
    OtherCommands = @(
        'cargo', 'Connect-CIServer', 'Disconnect-CIServer', 'Get-CIVApp', 'Get-CIVM', 'New-ScheduledTaskAction',
        'New-ScheduledTaskPrincipal', 'New-ScheduledTaskSettingsSet', 'New-ScheduledTaskTrigger', 'Register-ScheduledTask'
    )

    # Those of 5.1 that the scripts use; -ProgressAction came with 7.4.
    CommonParameters = 'ErrorAction:named Confirm:switch WhatIf:switch Verbose:switch'

    # The values of parameters for which PowerShell 7 has more, and 5.1's documentation no list: of every command, or of one.
    Values = @{
        '-ErrorAction'            = @('Continue', 'Ignore', 'Inquire', 'SilentlyContinue', 'Stop', 'Suspend')
        '-WarningAction'          = @('Continue', 'Ignore', 'Inquire', 'SilentlyContinue', 'Stop', 'Suspend')
        'Set-StrictMode -Version' = @('1.0', '2.0', '3.0', 'Latest')
    }

    # Parameters that 5.1 wants together.
    Together = @{ 'ConvertTo-SecureString -AsPlainText' = 'Force' }
}
