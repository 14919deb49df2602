function Write-TokenWarning {
    # What somebody should do about a token file, and where a new API token is that no file took.
    param($Cmdlet, $Name, $Fields)

    foreach ($warning in $Fields['token_file_warning']) {
        $Cmdlet.WriteWarning($Name + $warning)
    }
    $place = $null
    if ($Fields.ContainsKey('new_api_token_file')) {
        $place = "in the file $($Fields['new_api_token_file'])"
    }
    elseif ($Fields['new_api_token'] -eq 'true' -and -not $Fields.ContainsKey('new_api_token_problem')) {
        $place = "in a file of the folder $($Fields['recovery_dir'])"
        if ($Fields['status'] -eq '0') {
            $place = "in the property NewApiToken of the session, or, if the session does not reach you, $place"
        }
    }
    if ($place) {
        $Cmdlet.WriteWarning($Name + 'Cloud Director replaced the API token; the old one is dead. ' +
            "Save the new one now: it is $place.")
    }
}
